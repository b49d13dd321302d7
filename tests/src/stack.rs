use std::{
    env,
    path::{Path, PathBuf},
};

use azure_emulator::Emulator;
use page_host::Addresses;
use tokio::task::JoinSet;

use crate::{
    backend::{Backend, Setup},
    headers::Host,
    loopback::{listen, url_below_localhost},
    record::Record,
    site::Site,
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
    /// The messages of page and window. They are searched for secrets when this is dropped.
    pub record: Record,
    _backend: Backend,
    _servers: JoinSet<std::io::Result<()>>,
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

    /// Starts it with another directory instead of the page, or with another header profile.
    pub async fn serving(dist: &Path, host: Host, setup: Setup) -> Self {
        let listener = listen().await;
        let page = url_below_localhost("app", &listener);
        let portals = setup.portals.clone();
        let backend = Backend::start(&page, setup).await;
        let addresses = Addresses {
            authorities: vec![backend.entra.clone()],
            exchanges: backend.exchanges.clone(),
            mailbox: Some(backend.service.clone()),
            portals,
        };
        let record = Record::default();
        let site = Site::new(dist, Some(backend.config.clone()), addresses, host).recorded(&record);
        let mut servers = JoinSet::new();
        servers.spawn(axum::serve(listener, site.router()).into_future());
        Self {
            page: format!("{page}/"),
            entra: backend.entra.clone(),
            acs: backend.acs.clone(),
            service: backend.service.clone(),
            emulator: backend.emulator.clone(),
            site,
            record,
            _backend: backend,
            _servers: servers,
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.record.expect_no_secret(&self.emulator);
        }
    }
}

/// The release build of the page, which `cargo xtask dist` makes.
pub fn dist() -> PathBuf {
    let directory = env::var_os("ACS_SIGN_IN_DIST").map_or_else(|| root().join("dist"), PathBuf::from);
    assert!(directory.join("index.html").is_file(), "there is no build of the page; `cargo xtask dist` makes one");
    directory
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies below the root").to_owned()
}
