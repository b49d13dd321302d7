//! A tenant of the emulator without applications, and an administrator's tools for it.

use std::{fs, time::Duration};

use azure_emulator::{Clock, Emulator, FABRIKAM, Options, Seed, Tls, account, serve, serve_tls};
use reqwest::{Certificate, Client, Method};
use serde_json::Value;
use setup::{Adoption, Failure, Graph, GraphToken, Patience, Plan, Record, Settings, apply, remove};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};

pub(crate) const ADMINISTRATOR: &str = "erin@fabrikam.example";
pub(crate) const ALL: &str = "Directory.AccessAsUser.All";

/// No waits: the emulator counts requests, not seconds.
pub(crate) const PATIENCE: Patience = Patience { first: Duration::ZERO, longest: Duration::from_secs(1) };

pub(crate) struct Tenant {
    pub(crate) emulator: Emulator,
    pub(crate) url: String,
    pub(crate) acs: String,
    pub(crate) folder: TempDir,
    is_tls: bool,
    _servers: JoinSet<std::io::Result<()>>,
}

impl Tenant {
    pub(crate) async fn start() -> Self {
        Self::start_with(true).await
    }

    pub(crate) async fn start_without_tls() -> Self {
        Self::start_with(false).await
    }

    async fn start_with(is_tls: bool) -> Self {
        let entra = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let acs = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if is_tls { "https" } else { "http" };
        let url_of = |listener: &TcpListener| format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
        let (url, acs_url) = (url_of(&entra), url_of(&acs));
        let clock = Clock::system();
        let options = Options { entra_url: url.clone(), acs_url: acs_url.clone(), clock: clock.clone(), coop: false };
        let emulator = Emulator::with_seed(options, Seed::default().without_applications().numbered(1));
        let folder = tempfile::tempdir().unwrap();
        let mut servers = JoinSet::new();
        if is_tls {
            let tls = Tls::generate(&clock);
            fs::write(folder.path().join("ca.pem"), tls.ca_pem()).unwrap();
            let emulator = emulator.clone();
            servers.spawn(async move { serve_tls(emulator, entra, acs, &tls).await });
        } else {
            servers.spawn(serve(emulator.clone(), entra, acs));
        }
        Self { emulator, url, acs: acs_url, folder, is_tls, _servers: servers }
    }

    /// The settings of a single-tenant page for Teams users, with changes.
    pub(crate) fn settings(&self, change: impl Fn(String) -> String) -> Settings {
        Settings::parse(&change(self.text())).unwrap()
    }

    /// The text of these settings.
    pub(crate) fn text(&self) -> String {
        let ca_file = self.folder.path().join("ca.pem");
        let certificate =
            if self.is_tls { format!("ca_file = {:?}", ca_file.to_str().unwrap()) } else { String::new() };
        format!(
            "name = \"Calls\"\ntenant = \"{}\"\naudience = \"single-tenant\"\nusers = [\"teams\"]\n\
             page = \"http://localhost:8080/\"\nexchange = \"http://127.0.0.1:1\"\nacs_endpoint = \"{}\"\n\
             [emulator]\nurl = \"{}\"\n{certificate}\n",
            FABRIKAM.id, self.acs, self.url
        )
    }

    pub(crate) async fn graph(&self, settings: &Settings, username: &str, scopes: &str) -> Graph {
        self.opened(settings, username, scopes).await.unwrap()
    }

    pub(crate) async fn opened(&self, settings: &Settings, username: &str, scopes: &str) -> Result<Graph, Failure> {
        let token = GraphToken::new(self.emulator.graph_token(account(username).unwrap(), scopes)).unwrap();
        Graph::open(settings, token, PATIENCE).await
    }

    /// All that Graph lists at this path.
    pub(crate) async fn objects(&self, path: &str) -> Vec<Value> {
        let text = self.send(Method::GET, path, None).await;
        serde_json::from_str::<Value>(&text).unwrap()["value"].as_array().unwrap().clone()
    }

    /// Creates a registration, as a person does in the portal.
    pub(crate) async fn register(&self, application: Value) -> Value {
        let created = self.send(Method::POST, "applications", Some(application)).await;
        assert!(created.contains("appId"), "{created}");
        serde_json::from_str(&created).unwrap()
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> String {
        let token = self.emulator.graph_token(account(ADMINISTRATOR).unwrap(), ALL);
        let mut client = Client::builder().no_proxy();
        if self.is_tls {
            let pem = fs::read(self.folder.path().join("ca.pem")).unwrap();
            client = client.tls_certs_only([Certificate::from_pem(&pem).unwrap()]);
        }
        let request = client.build().unwrap().request(method, format!("{}/v1.0/{path}", self.url)).bearer_auth(token);
        let request = request.body(body.map(|body| body.to_string()).unwrap_or_default());
        request.send().await.unwrap().text().await.unwrap()
    }
}

/// Applies the settings, and returns the titles of the changes.
pub(crate) async fn applied(graph: &Graph, settings: &Settings, record: &mut Record) -> Result<Vec<String>, Failure> {
    let mut titles = Vec::new();
    let plan = Plan::read(graph, settings, record).await?;
    apply(graph, settings, record, &plan, |_| Ok(()), |change| titles.push(change.title.clone())).await?;
    Ok(titles)
}

/// A record that adopts both registrations of the other one.
pub(crate) async fn adopted(graph: &Graph, other: &Record) -> Record {
    let [page, api] = [&other.page, &other.api].map(|known| known.as_ref().unwrap().app_id.as_str());
    let mut record = Record::default();
    record.adopt(graph, Adoption { page: Some(page), api: Some(api) }).await.unwrap();
    record
}

/// The titles of the changes that are needed.
pub(crate) async fn planned(graph: &Graph, settings: &Settings, record: &Record) -> Vec<String> {
    let plan = Plan::read(graph, settings, record).await.unwrap();
    plan.changes.into_iter().map(|change| change.title).collect()
}

pub(crate) async fn removed(graph: &Graph, settings: &Settings, record: &mut Record) {
    remove(graph, settings, record, |_| Ok(()), |_| ()).await.unwrap();
}
