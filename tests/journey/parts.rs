//! Emulator and exchange service, each on a port of its own.

use azure_emulator::{ACCESS_KEY, Clock, Emulator, Options, url_of};
use exchange_service::{Configuration, SystemClock};
use tokio::net::TcpListener;

/// Contoso's multitenant registration.
pub const CONTOSO_PAGE: &str = "acc00000-0000-4000-8000-000000000010";
/// Fabrikam's single-tenant registration.
pub const FABRIKAM_PAGE: &str = "acc00000-0000-4000-8000-000000000011";
const API: &str = "e8c00000-0000-4000-8000-000000000020";
/// Where the page would be. Nobody listens: no browser takes part.
pub const PAGE: &str = "http://localhost:8080/";
/// Its origin.
pub const ORIGIN: &str = "http://localhost:8080";

/// What runs.
pub struct Parts {
    /// Entra and ACS.
    pub emulator: Emulator,
    /// The `config.json` that fits.
    pub config: String,
    clock: Clock,
}

impl Parts {
    /// Everything for a page of this client id at this authority.
    pub async fn start(client_id: &str, tenant: &str) -> Self {
        Self::start_with_service_for(client_id, tenant, client_id).await
    }

    /// The same, with an exchange service that expects another page's client id.
    pub async fn start_with_service_for(client_id: &str, tenant: &str, service_client_id: &str) -> Self {
        let listen = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (entra, acs, service) = (listen().await, listen().await, listen().await);
        let (entra_url, acs_url) = (url_of(&entra).unwrap(), url_of(&acs).unwrap());
        let service_url = format!("http://localhost:{}", service.local_addr().unwrap().port());

        let clock = Clock::system();
        let options = Options { entra_url: entra_url.clone(), acs_url: acs_url.clone(), clock: clock.clone(), coop: false };
        let emulator = Emulator::new(options);
        tokio::spawn(azure_emulator::serve(emulator.clone(), entra, acs));

        let toml = format!(
            r#"
            listen = "127.0.0.1:0"
            [acs]
            endpoint = "{acs_url}"
            [page]
            client_id = "{service_client_id}"
            origins = ["{ORIGIN}"]
            [entra]
            authority = "{entra_url}"
            audience = "{API}"
            tenants = ["{}", "{}"]
            clients = ["{CONTOSO_PAGE}", "{FABRIKAM_PAGE}"]
            "#,
            azure_emulator::FABRIKAM.id,
            azure_emulator::CONTOSO.id,
        );
        let key = |name: &str| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned());
        let configuration = Configuration::parse(&toml, key).unwrap();
        let router = exchange_service::router(configuration, SystemClock::start()).unwrap();
        tokio::spawn(exchange_service::serve(service, router, std::future::pending()));

        let config = serde_json::json!({
            "clientId": client_id,
            "authority": format!("{entra_url}/{tenant}/"),
            "redirectUri": PAGE,
            "exchange": {
                "contract": "quickstart",
                "url": format!("{service_url}/exchange"),
                "scope": format!("api://{API}/access_as_user"),
            },
        });
        Self { emulator, config: config.to_string(), clock }
    }

    /// Seconds since 1970, as the emulator sees them.
    pub fn now(&self) -> u64 {
        self.clock.now()
    }
}
