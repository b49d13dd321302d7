//! Everything except the browser: the emulator over TLS, the exchange service, and one host for each page. A browser
//! reaches all of them through the delaying proxy.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, extract::Request, middleware::Next};
use azure_emulator::{ACCESS_KEY, CONTOSO, Clock, Emulator, FABRIKAM, Options, Tls, serve_router_tls};
use cross_tests::{CONTOSO_PAGE, listen};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{files::Files, page::Page, proxy::Line};

/// The application of the exchange service's own API.
const SERVICE_CLIENT: &str = "e8c00000-0000-4000-8000-000000000020";
const START_TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// Where the pages and the exchange service come from.
pub(crate) struct Sources {
    /// The release build of our page.
    pub(crate) dist: PathBuf,
    /// The folder with a folder for each peer.
    pub(crate) peers: PathBuf,
    /// The program of the exchange service.
    pub(crate) service: PathBuf,
}

/// A page with its address.
pub(crate) struct Site {
    pub(crate) page: Page,
    /// With the slash at its end.
    pub(crate) address: String,
    pub(crate) files: Files,
}

pub(crate) struct Servers {
    /// The origin of Entra.
    pub(crate) entra: String,
    pub(crate) emulator: Emulator,
    pub(crate) sites: Vec<Site>,
    pub(crate) arrivals: Arrivals,
    _service: Child,
    _folder: TempDir,
    _tasks: JoinSet<std::io::Result<()>>,
}

/// The requests that have reached Entra and the hosts of the pages.
#[derive(Clone, Default)]
pub(crate) struct Arrivals(Arc<Mutex<Vec<Arrival>>>);

#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// Milliseconds since 1970, as in a browser.
    pub(crate) at: f64,
    pub(crate) path: String,
}

impl Arrivals {
    /// The requests since the last call.
    pub(crate) fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[expect(clippy::disallowed_methods, reason = "a benchmark compares the clock of this machine with the browser's")]
    fn add(&self, method: &str, path: &str) {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1_000.0;
        let path = format!("{method} {path}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arrival { at, path });
    }

    /// A router that notes its requests.
    fn noting(&self, router: Router) -> Router {
        let arrivals = self.clone();
        router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
            arrivals.add(request.method().as_str(), request.uri().path());
            next.run(request)
        }))
    }
}

impl Servers {
    /// Starts everything behind a line. `portal` is the origin that can show our page in a frame.
    pub(crate) async fn start(sources: &Sources, pages: &[Page], line: &Line, portal: &str) -> Result<Self, String> {
        let mut tasks = JoinSet::new();
        let [entra_near, entra, acs, service_near] = [listen().await, listen().await, listen().await, listen().await];
        let (entra_url, acs_url) = (format!("https://localhost:{}", port(&entra_near)), origin("localhost", &acs));
        let clock = Clock::system();
        let tls = Tls::generate(&clock);
        let emulator =
            Emulator::new(Options { entra_url: entra_url.clone(), acs_url: acs_url.clone(), clock, coop: true });
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let ca = folder.path().join("ca.pem");
        fs::write(&ca, tls.ca_pem()).map_err(|error| error.to_string())?;
        let arrivals = Arrivals::default();
        tasks.spawn(line.clone().forward(entra_near, port(&entra)));
        let router = arrivals.noting(emulator.entra_router());
        tasks.spawn(async move { serve_router_tls(router, entra, &tls).await });
        tasks.spawn(axum::serve(acs, emulator.acs_router()).into_future());

        let service_url = origin("localhost", &service_near);
        let (mut sites, mut origins) = (Vec::new(), Vec::new());
        for &page in pages {
            let (near, far) = (listen().await, listen().await);
            let origin = origin("app.localhost", &near);
            let portal = (page == Page::Framed).then_some(portal);
            let files = match page.folder() {
                None => Files::of_page(&sources.dist, &config(&origin, &entra_url, &service_url, portal))?,
                Some(name) => {
                    let folder = sources.peers.join(name);
                    Files::of_peer(&folder, &peer_config(&origin, &entra_url, &service_url))
                        .map_err(|error| format!("{}: {error}", folder.display()))?
                }
            };
            tasks.spawn(line.clone().forward(near, port(&far)));
            tasks.spawn(axum::serve(far, arrivals.noting(files.router())).into_future());
            sites.push(Site { page, address: format!("{origin}/"), files });
            origins.push(origin);
        }

        let service = listen().await;
        let address = service.local_addr().map_err(|error| error.to_string())?;
        tasks.spawn(line.clone().forward(service_near, address.port()));
        // Its program gets the port.
        drop(service);
        let file = folder.path().join("exchange-service.toml");
        fs::write(&file, service_config(address, &acs_url, &entra_url, &origins)).map_err(|error| error.to_string())?;
        let service = Command::new(&sources.service)
            .arg("--config")
            .arg(&file)
            .env("ACS_ACCESS_KEY", ACCESS_KEY)
            // It trusts the emulator of this run and nothing else.
            .env("SSL_CERT_FILE", &ca)
            .env_remove("SSL_CERT_DIR")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", sources.service.display()))?;
        timeout(START_TIMEOUT, async {
            while TcpStream::connect(address).await.is_err() {
                sleep(POLL).await;
            }
        })
        .await
        .map_err(|_| "the exchange service does not listen".to_owned())?;
        Ok(Self { entra: entra_url, emulator, sites, arrivals, _service: service, _folder: folder, _tasks: tasks })
    }
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("a bound listener has an address").port()
}

fn origin(host: &str, listener: &TcpListener) -> String {
    format!("http://{host}:{}", port(listener))
}

/// The configuration of our page.
fn config(origin: &str, entra: &str, service: &str, portal: Option<&str>) -> String {
    let mut config = json!({
        "clientId": CONTOSO_PAGE,
        "authority": format!("{entra}/organizations/"),
        "redirectUri": format!("{origin}/"),
        "exchange": {
            "contract": "quickstart",
            "url": format!("{service}/exchange"),
            "scope": format!("api://{SERVICE_CLIENT}/access_as_user"),
        },
    });
    if let Some(portal) = portal {
        config["portals"] = json!([{ "origin": portal, "receivesToken": true }]);
        config["mailboxUrl"] = format!("{service}/mailbox").into();
    }
    config.to_string()
}

/// The same for a peer.
fn peer_config(origin: &str, entra: &str, service: &str) -> String {
    let acs = "https://auth.msft.communication.azure.com";
    json!({
        "clientId": CONTOSO_PAGE,
        "authority": format!("{entra}/organizations"),
        "redirectUri": format!("{origin}/"),
        "exchange": format!("{service}/exchange"),
        "api": format!("api://{SERVICE_CLIENT}/access_as_user"),
        "acs": [format!("{acs}/Teams.ManageCalls"), format!("{acs}/Teams.ManageChats")],
    })
    .to_string()
}

/// The configuration of the exchange service, with limits that the measurement does not reach.
fn service_config(listen: SocketAddr, acs: &str, entra: &str, origins: &[String]) -> String {
    format!(
        "listen = \"{listen}\"\n\
         [acs]\nendpoint = \"{acs}\"\n\
         [page]\nclient_id = \"{CONTOSO_PAGE}\"\norigins = {origins:?}\n\
         [entra]\nauthority = \"{entra}\"\naudience = \"{SERVICE_CLIENT}\"\nscope = \"access_as_user\"\n\
         tenants = [\"{}\", \"{}\"]\nclients = [\"{CONTOSO_PAGE}\"]\n\
         [mailbox]\nstore = \"memory\"\n\
         [limits]\nper_user_and_minute = 100000\nper_tenant_and_minute = 1000000\n\
         acs_requests_per_30_seconds = 1000000\nper_address_and_minute = 1000000\n",
        FABRIKAM.id, CONTOSO.id,
    )
}
