use std::{
    env, fs,
    path::{Path, PathBuf},
};

use azure_emulator::Emulator;
use page_host::{Addresses, Authority, Configuration};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    backend::{Backend, Setup},
    headers::Host,
    loopback::{listen, url_below_localhost},
    record::Record,
    site::Site,
    web_server::{Serving, WebServer},
};

/// Everything except the browser, on ports that the system chose. It ends when this is dropped.
///
/// There are three sites: the page at `http://app.localhost`; Entra, ACS and the exchange service at
/// `http://localhost`; and each [`Portal`](crate::Portal).
pub struct Stack {
    /// The page's own address, with the slash at its end.
    pub page: String,
    /// The origin of the emulated Entra.
    pub entra: String,
    /// The origin of the emulated ACS.
    pub acs: String,
    /// The origin of the exchange service.
    pub service: String,
    /// Controls the emulator: clock, faults, recorded requests.
    pub emulator: Emulator,
    /// The host of the page, with its recorded requests.
    pub site: Site,
    /// The other origins that the headers of the page name.
    pub addresses: Addresses,
    /// The messages of page and window, and violations of the policy. They are searched for secrets when this is
    /// dropped, and violations fail the test.
    pub record: Record,
    backend: Backend,
    _servers: JoinSet<std::io::Result<()>>,
    _web_server: Option<Serving>,
}

impl Stack {
    /// Starts a stack with the default options.
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    /// Starts it with these options.
    pub async fn start_with(setup: Setup) -> Self {
        Self::serving(&dist(), Host::Proper, setup).await
    }

    /// Starts it with another build of the page, or with another header profile.
    pub async fn serving(dist: &Path, host: Host, setup: Setup) -> Self {
        Self::with_site(setup, |config, addresses| Site::new(recorded(dist).path(), config, addresses, host)).await
    }

    /// Starts it with documents of a test instead of the page.
    pub async fn serving_folder(folder: &Path, setup: Setup) -> Self {
        Self::with_site(setup, |_, addresses| Site::of_folder(folder, addresses, Host::Proper)).await
    }

    /// Starts it with a web server of operators. The page is the build as it is, so its messages are not recorded.
    pub async fn served_by(web_server: WebServer, setup: Setup) -> Self {
        let mut stack = Self::start_with(setup).await;
        let port = stack.page.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.expect("the page's address has a port");
        // The web server gets the port of the harness.
        stack._servers.shutdown().await;
        stack._web_server = Some(web_server.serve(&stack.site.config(), port).await);
        stack
    }

    async fn with_site(setup: Setup, site: impl FnOnce(&str, Addresses) -> Site) -> Self {
        let listener = listen().await;
        let page = url_below_localhost("app", &listener);
        let portals = setup.portals.clone();
        let backend = Backend::start(&page, setup).await;
        let addresses = Addresses {
            authorities: authorities(&backend.config),
            signs_in_by_redirect: !backend.config.contains("\"signInBy\":\"window\""),
            exchanges: backend.exchanges.clone(),
            mailbox: Some(format!("{}/mailbox", backend.service)),
            links: Configuration::parse(&backend.config).map(|config| config.addresses().links).unwrap_or_default(),
            portals,
        };
        let record = Record::default();
        let site = site(&backend.config, addresses.clone()).recorded(&record);
        let mut servers = JoinSet::new();
        servers.spawn(axum::serve(listener, site.router()).into_future());
        Self {
            page: format!("{page}/"),
            entra: backend.entra.clone(),
            acs: backend.acs.clone(),
            service: backend.service.clone(),
            emulator: backend.emulator.clone(),
            site,
            addresses,
            record,
            backend,
            _servers: servers,
            _web_server: None,
        }
    }
}

impl Stack {
    /// All requests to the exchange service so far, such as `POST /exchange`, preflights included.
    pub fn service_requests(&self) -> Vec<String> {
        self.backend.service_requests()
    }

    /// Deploys another build of the page with the same configuration.
    pub fn deploy(&self, dist: &Path) {
        self.site.deploy(recorded(dist).path(), &self.site.config(), self.addresses.clone());
    }

    /// Deploys another configuration and its policies, as an operator does with both.
    pub fn reconfigure(&self, config: &str, addresses: Addresses) {
        self.site.deploy(recorded(&dist()).path(), config, addresses);
    }
}

/// A copy of the build with scripts that record their messages.
fn recorded(dist: &Path) -> TempDir {
    let copy = copy_of(dist);
    let (script, names) = Record::script();
    for name in names {
        precede(copy.path(), name, script);
    }
    copy
}

/// A copy of a folder that a test can change.
pub fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().expect("a folder for the page");
    copy_below(folder, copy.path());
    copy
}

fn copy_below(folder: &Path, copy: &Path) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry of a folder").path();
        let target = copy.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            fs::create_dir(&target).expect("a folder in a new one");
            copy_below(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

/// Puts a script before one of a folder.
pub fn precede(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
    fs::write(&file, format!("{script}\n{text}")).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// The authorities of a `config.json`. They are the emulator's, which has the paths of Entra.
fn authorities(config: &str) -> Vec<Authority> {
    let config: Value = serde_json::from_str(config).expect("the configuration of a test is JSON");
    let of = |profile: &Value| {
        let address = profile["authority"].as_str()?.to_owned();
        Some(Authority { address, client_id: profile["clientId"].as_str()?.to_lowercase(), is_entra: true })
    };
    match config["profiles"].as_array() {
        Some(profiles) => profiles.iter().filter_map(of).collect(),
        None => of(&config).into_iter().collect(),
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.record.expect_no_secret(&self.emulator);
            self.record.expect_no_violation();
        }
    }
}

/// The release build of the page, which `cargo xtask dist` makes. Its files have fixed names.
pub fn dist() -> PathBuf {
    let directory = env::var_os("ACS_SIGN_IN_DIST").map_or_else(|| root().join("dist"), PathBuf::from);
    assert!(directory.join("index.html").is_file(), "there is no build of the page; `cargo xtask dist` makes one");
    directory
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies below the root").to_owned()
}
