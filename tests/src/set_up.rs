//! A tenant that `acs-sign-in-setup` sets up: from nothing to the two files that it writes.

use std::time::Duration;

use azure_emulator::{Emulator, FABRIKAM, account};
use setup::{Graph, GraphToken, Patience, Plan, Record, Settings, apply, files};

/// The users of the page.
#[derive(Clone, Copy, Debug)]
pub enum Users {
    /// Teams users of Fabrikam.
    SingleTenantTeams,
    /// Teams users of Fabrikam and Contoso.
    MultitenantTeams,
}

/// The origins of all servers.
pub(crate) struct Places<'a> {
    pub(crate) page: &'a str,
    pub(crate) entra: &'a str,
    pub(crate) acs: &'a str,
    pub(crate) service: &'a str,
}

/// The files that were written.
pub(crate) struct Written {
    pub(crate) config: String,
    pub(crate) service: String,
}

/// Applies the settings as Fabrikam's administrator, and reads the files without changing them.
pub(crate) async fn set_up(emulator: &Emulator, places: &Places<'_>, users: Users) -> Written {
    let audience = match users {
        Users::SingleTenantTeams => "single-tenant",
        Users::MultitenantTeams => "multitenant",
    };
    let text = format!(
        "name = \"Calls\"\ntenant = \"{}\"\naudience = \"{audience}\"\nusers = [\"teams\"]\npage = \"{}/\"\n\
         exchange = \"{}\"\nacs_endpoint = \"{}\"\n[emulator]\nurl = \"{}\"\n",
        FABRIKAM.id, places.page, places.service, places.acs, places.entra
    );
    let settings = Settings::parse(&text).unwrap_or_else(|failure| panic!("the settings: {failure}"));
    let erin = account("erin@fabrikam.example").expect("the emulator has this account");
    let token = GraphToken::new(emulator.graph_token(erin, "Directory.AccessAsUser.All"));
    let token = token.unwrap_or_else(|failure| panic!("the token: {failure}"));
    let patience = Patience { first: Duration::ZERO, longest: Duration::ZERO };
    let graph = Graph::open(&settings, token, patience).await;
    let graph = graph.unwrap_or_else(|failure| panic!("a client: {failure}"));
    let folder = tempfile::tempdir().expect("a folder for the files");
    let mut record = Record::default();
    let plan = Plan::read(&graph, &settings, &record).await.unwrap_or_else(|failure| panic!("the plan: {failure}"));
    let applied = apply(&graph, &settings, &mut record, &plan, |_| Ok(()), |_| ()).await;
    applied.unwrap_or_else(|failure| panic!("setup: {failure}"));
    let files = files(folder.path(), &settings, &record).unwrap_or_else(|failure| panic!("the files: {failure}"));
    let text = |name: &str| {
        let file = files.iter().find(|file| file.name == name);
        file.unwrap_or_else(|| panic!("{name} is not among the files")).new.clone()
    };
    // A port that the system chose is not the service's default.
    let service = format!("listen = \"127.0.0.1:0\"\n{}", text("exchange-service.toml"));
    Written { config: text("config.json"), service }
}
