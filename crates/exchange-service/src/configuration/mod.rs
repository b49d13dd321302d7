//! What the operator decides: one TOML file and one secret, checked in full before the first request is taken.

mod acs;
mod address;
mod fault;
mod limits;
mod section;

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

pub use self::fault::{ConfigurationError, Fault};
pub(crate) use self::{acs::Acs, limits::Limits};
use self::{
    address::{base_address, origin},
    fault::at,
    section::Section,
};
use protocol::ids::{ClientId, TenantId};

/// The tenant of all personal Microsoft accounts. It is everybody's, so allowing it allows everybody.
const CONSUMER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// A configuration that was checked. There is no other way to have one than [`Configuration::parse`].
#[derive(Debug)]
pub struct Configuration {
    pub(crate) operation: Operation,
    pub(crate) acs: Acs,
    pub(crate) page: Page,
    pub(crate) entra: Entra,
    pub(crate) limits: Limits,
}

/// The keys that stand before the first section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to listen for Prometheus, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// How long to go on serving after being told to end, so that a load balancer finds out first.
    pub drain: Duration,
}

/// The page that asks.
#[derive(Debug)]
pub(crate) struct Page {
    /// Artifact A3.
    pub(crate) client_id: ClientId,
    /// Compared with the header `Origin`, byte by byte.
    pub(crate) origins: BTreeSet<String>,
}

/// Who issues B, and to whom.
#[derive(Debug)]
pub(crate) struct Entra {
    /// Without a path and without a last slash, as in an issuer.
    pub(crate) authority: String,
    /// The service's own API.
    pub(crate) audience: ClientId,
    /// The scope that B must have.
    pub(crate) scope: String,
    /// Whose people may ask. Never empty.
    pub(crate) tenants: BTreeSet<TenantId>,
    /// Which applications may ask for a person: B's `azp`.
    pub(crate) clients: BTreeSet<ClientId>,
}

impl Configuration {
    /// Reads and checks the text of the file. `environment` looks a variable up; a set but empty one counts as unset.
    ///
    /// Reads the files of the access keys too, since a key that cannot be had is a configuration that cannot serve.
    pub fn parse(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut file = Section::parse(text)?;
        let operation = Operation::read(&mut file)?;
        let acs = Acs::read(file.section("acs")?, environment)?;
        let page = Page::read(file.section("page")?)?;
        let entra = Entra::read(file.section("entra")?, &page)?;
        let limits = Limits::read(file.section_or_empty("limits")?)?;
        file.nothing_left()?;
        Ok(Self { operation, acs, page, entra, limits })
    }

    /// Where to listen, and how to end.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The configuration in effect, as TOML, with the secret's place and length instead of the secret.
    pub fn masked(&self) -> String {
        let Self { operation, acs, page, entra, limits } = self;
        // A list of Debug texts is TOML: nothing in these needs an escape.
        let origins: Vec<_> = page.origins.iter().collect();
        let tenants: Vec<_> = entra.tenants.iter().map(TenantId::as_str).collect();
        let clients: Vec<_> = entra.clients.iter().map(ClientId::as_str).collect();
        let lines = [
            format!("{}\n\n[acs]", operation.masked()),
            format!("endpoint = \"{}\"", acs.endpoint.as_str().trim_end_matches('/')),
            format!("{}\n\n[page]", acs.masked_keys()),
            format!("client_id = \"{}\"", page.client_id),
            format!("origins = {origins:?}\n\n[entra]"),
            format!("authority = \"{}\"", entra.authority),
            format!("audience = \"{}\"", entra.audience),
            format!("scope = {:?}", entra.scope),
            format!("tenants = {tenants:?}"),
            format!("clients = {clients:?}\n"),
            limits.masked(),
        ];
        lines.join("\n")
    }
}

impl Operation {
    fn read(file: &mut Section) -> Result<Self, ConfigurationError> {
        let mut address = |key: &'static str| match file.text(key)? {
            Some(text) => text.parse().map(Some).map_err(|_| at(key, Fault::NotAListenAddress)),
            None => Ok(None),
        };
        let listen = address("listen")?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8403)));
        let metrics_listen = address("metrics_listen")?;
        let drain = Duration::from_secs(file.number("drain_seconds", 0, 60)?.unwrap_or(0).into());
        Ok(Self { listen, metrics_listen, drain })
    }

    fn masked(self) -> String {
        let Self { listen, metrics_listen, drain } = self;
        let metrics = metrics_listen.map(|address| format!("metrics_listen = \"{address}\"\n")).unwrap_or_default();
        format!("listen = \"{listen}\"\n{metrics}drain_seconds = {}", drain.as_secs())
    }
}

impl Page {
    fn read(mut section: Section) -> Result<Self, ConfigurationError> {
        let client_id = client_id("page.client_id", &section.required_text("client_id")?)?;
        let origins = section.required_texts("origins")?;
        section.nothing_left()?;
        let origins = origins.into_iter().map(|text| origin("page.origins", text)).collect::<Result<_, _>>()?;
        Ok(Self { client_id, origins })
    }
}

impl Entra {
    fn read(mut section: Section, page: &Page) -> Result<Self, ConfigurationError> {
        let authority = base_address("entra.authority", &section.required_text("authority")?)?;
        let audience = client_id("entra.audience", &section.required_text("audience")?)?;
        let scope = section.text("scope")?.unwrap_or_else(|| "access_as_user".to_owned());
        let tenants = section.required_texts("tenants")?;
        let clients = section.texts("clients")?;
        section.nothing_left()?;

        if scope.is_empty() || scope.contains(char::is_whitespace) {
            return Err(at("entra.scope", Fault::NotAScope));
        }
        let tenants = tenants.iter().map(|text| tenant_id("entra.tenants", text)).collect::<Result<_, _>>()?;
        let clients = match clients {
            Some(clients) => clients.iter().map(|text| client_id("entra.clients", text)).collect::<Result<_, _>>()?,
            None => BTreeSet::from([page.client_id.clone()]),
        };
        let authority = authority.as_str().trim_end_matches('/').to_owned();
        Ok(Self { authority, audience, scope, tenants, clients })
    }
}

fn client_id(key: &'static str, text: &str) -> Result<ClientId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    text.parse().map_err(|_| at(key, Fault::NotAGuid))
}

fn tenant_id(key: &'static str, text: &str) -> Result<TenantId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    match text.parse::<TenantId>() {
        Ok(tenant) if tenant.as_str() == CONSUMER_TENANT => Err(at(key, Fault::ConsumerTenant)),
        Ok(tenant) => Ok(tenant),
        Err(_) => Err(at(key, Fault::NotAGuid)),
    }
}

/// What the example file has where an operator's own value belongs.
fn refuse_placeholder(key: &'static str, text: &str) -> Result<(), ConfigurationError> {
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'-')) && text.len() == 36;
    if text.contains("REPLACE") || zero { Err(at(key, Fault::Placeholder)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
