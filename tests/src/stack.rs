use std::env;
use std::path::{Path, PathBuf};

use azure_emulator::{ACCESS_KEY, CONTOSO, Clock, Emulator, FABRIKAM, url_of};
use exchange_service::{Configuration, SystemClock, router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::headers::Connect;
use crate::site::Site;

/// The multitenant application of the page, owned by Contoso.
const PAGE_CLIENT: &str = "acc00000-0000-4000-8000-000000000010";
/// The application of the exchange service's own API.
const SERVICE_CLIENT: &str = "e8c00000-0000-4000-8000-000000000020";

/// What may differ from one test to another.
pub struct Options {
    /// The directory of the built page.
    pub dist: PathBuf,
    /// The emulator's time.
    pub clock: Clock,
    /// Whether Entra's pages send `Cross-Origin-Opener-Policy: same-origin`.
    pub coop: bool,
    /// The segment of the authority that names the tenant: a GUID or `organizations`.
    pub tenant: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { dist: dist(), clock: Clock::system(), coop: true, tenant: "organizations".to_owned() }
    }
}

/// Everything but the browser, on ports that the system chose. It ends when it is dropped.
pub struct Stack {
    /// The page's own address, with the slash at its end.
    pub page: String,
    /// The origin of the emulated Entra.
    pub entra: String,
    /// The origin of the emulated ACS.
    pub acs: String,
    /// The origin of the exchange service.
    pub service: String,
    /// To put its clock forward, to make it err, and to ask what it saw.
    pub emulator: Emulator,
    /// To ask what the page's host was asked for.
    pub site: Site,
    _servers: JoinSet<std::io::Result<()>>,
}

impl Stack {
    /// Starts it with the usual options.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts it.
    pub async fn start_with(options: Options) -> Self {
        let [page_listener, entra_listener, acs_listener, service_listener] =
            [listen().await, listen().await, listen().await, listen().await];
        let url = |listener| url_of(listener).expect("a bound listener has an address");
        let [page, entra, acs, service] = [&page_listener, &entra_listener, &acs_listener, &service_listener].map(url);

        let emulator = Emulator::new(azure_emulator::Options {
            entra_url: entra.clone(),
            acs_url: acs.clone(),
            clock: options.clock,
            coop: options.coop,
        });
        let exchange = router(service_configuration(&page, &entra, &acs, &service_listener), SystemClock::start())
            .unwrap_or_else(|error| panic!("the exchange service does not start: {error}"));
        let connect = Connect { authority: entra.clone(), exchange: service.clone() };
        let config = page_configuration(&page, &entra, &service, &options.tenant);
        let site = Site::new(&options.dist, Some(config), connect);

        let mut servers = JoinSet::new();
        servers.spawn(axum::serve(page_listener, site.router()).into_future());
        servers.spawn(axum::serve(service_listener, exchange).into_future());
        servers.spawn(azure_emulator::serve(emulator.clone(), entra_listener, acs_listener));
        Self { page: format!("{page}/"), entra, acs, service, emulator, site, _servers: servers }
    }
}

/// The release build of the page: what `cargo xtask dist` made.
pub fn dist() -> PathBuf {
    let directory = env::var_os("ACS_SIGN_IN_DIST").map_or_else(|| root().join("dist"), PathBuf::from);
    assert!(directory.join("index.html").is_file(), "there is no build of the page; `cargo xtask dist` makes one");
    directory
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies below the root").to_owned()
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no port to listen on: {error}"))
}

fn page_configuration(page: &str, entra: &str, service: &str, tenant: &str) -> String {
    json!({
        "clientId": PAGE_CLIENT,
        "authority": format!("{entra}/{tenant}/"),
        "redirectUri": format!("{page}/"),
        "exchange": {
            "contract": "quickstart",
            "url": format!("{service}/exchange"),
            "scope": format!("api://{SERVICE_CLIENT}/access_as_user"),
        },
    })
    .to_string()
}

fn service_configuration(page: &str, entra: &str, acs: &str, listener: &TcpListener) -> Configuration {
    let listen = listener.local_addr().expect("a bound listener has an address");
    let text = format!(
        "listen = \"{listen}\"\n\
         [acs]\nendpoint = \"{acs}\"\n\
         [page]\nclient_id = \"{PAGE_CLIENT}\"\norigins = [\"{page}\"]\n\
         [entra]\nauthority = \"{entra}\"\naudience = \"{SERVICE_CLIENT}\"\nscope = \"access_as_user\"\n\
         tenants = [\"{}\", \"{}\"]\n",
        FABRIKAM.id, CONTOSO.id
    );
    Configuration::parse(&text, |name| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned()))
        .unwrap_or_else(|error| panic!("the exchange service's configuration: {error}"))
}
