use std::{
    future::ready,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{extract::Request, middleware};
use azure_emulator::{ACCESS_KEY, CONTOSO, Clock, Emulator, FABRIKAM, Seed};
use exchange_service::{Configuration, SystemClock, UnixTime};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    loopback::{listen, url},
    samples::Sample,
    set_up::{Places, Users, set_up},
};

/// The multitenant application of the page, owned by Contoso.
pub const CONTOSO_PAGE: &str = "acc00000-0000-4000-8000-000000000010";
/// The single-tenant application of the page, owned by Fabrikam.
pub const FABRIKAM_PAGE: &str = "acc00000-0000-4000-8000-000000000011";
/// The application of the exchange service's own API.
pub(crate) const SERVICE_CLIENT: &str = "e8c00000-0000-4000-8000-000000000020";

/// The audience of tokens that a portal issues for the exchange service.
pub const PORTAL_AUDIENCE: &str = "acs-exchange";

/// The options of a test.
pub struct Setup {
    /// The clock of emulator and exchange service.
    pub clock: Clock,
    /// Whether Entra's pages send `Cross-Origin-Opener-Policy: same-origin`.
    pub coop: bool,
    /// The segment of the authority that names the tenant: a GUID or `organizations`.
    pub tenant: &'static str,
    /// The page's application.
    pub page_client: &'static str,
    /// The application that the exchange service expects.
    pub service_client: &'static str,
    /// Whether the page requests the token at ACS itself, as for Entra ID users.
    pub direct: bool,
    /// A sample of Microsoft's that replaces the exchange service.
    pub sample: Option<Sample>,
    /// The origins that can show the page in a frame.
    pub portals: Vec<String>,
    /// The address of a portal's keys, if the portal's tokens authorize the exchange instead of Entra's. Its origin is
    /// the issuer. The tokens are for people of Fabrikam.
    pub portal_keys: Option<String>,
    /// Whether the exchange service relays the authority's keys to the page.
    pub relayed_keys: bool,
    /// Whether the page offers every profile, as `docs/config.all-profiles.json` has them.
    pub all_profiles: bool,
    /// Keys that are added to the page's `config.json` or replaced in it. `null` removes a key.
    pub more: Value,
    /// The state of the emulator at the start.
    pub seed: Seed,
    /// The users for whom `acs-sign-in-setup` sets the tenant up, and writes both configurations. Most other options have
    /// no effect then.
    pub set_up_for: Option<Users>,
}

impl Default for Setup {
    fn default() -> Self {
        Self::multitenant()
    }
}

impl Setup {
    /// Contoso's application, for people of every organization.
    pub fn multitenant() -> Self {
        Self {
            clock: Clock::system(),
            coop: true,
            tenant: "organizations",
            page_client: CONTOSO_PAGE,
            service_client: CONTOSO_PAGE,
            direct: false,
            sample: None,
            portals: Vec::new(),
            portal_keys: None,
            relayed_keys: false,
            all_profiles: false,
            more: json!({}),
            seed: Seed::default(),
            set_up_for: None,
        }
    }

    /// An emulator without applications, and a page that `acs-sign-in-setup` registers.
    pub fn from_nothing(users: Users) -> Self {
        Self { seed: Seed::default().without_applications(), set_up_for: Some(users), ..Self::multitenant() }
    }

    /// Fabrikam's application, for people of Fabrikam.
    pub fn single_tenant() -> Self {
        let application = FABRIKAM_PAGE;
        Self { tenant: FABRIKAM.id, page_client: application, service_client: application, ..Self::multitenant() }
    }
}

impl Setup {
    /// Assigns this member of Fabrikam to the ACS resource.
    #[must_use]
    pub fn assigning(self, username: &str) -> Self {
        let account = azure_emulator::account(username).unwrap_or_else(|| panic!("there is no {username}"));
        let assignment =
            json!({ "tenantId": FABRIKAM.id, "principalType": "user", "clientIds": [CONTOSO_PAGE, FABRIKAM_PAGE] });
        let seed = json!({ "assignments": { account.home.id: assignment } }).to_string();
        Self { seed: Seed::parse(&seed).unwrap_or_else(|error| panic!("the seed: {error}")), ..self }
    }
}

/// The configuration for trying all profiles manually.
const ALL_PROFILES: &str = include_str!("../../docs/config.all-profiles.json");

/// The profiles of that configuration, with the addresses of this test's servers.
fn all_profiles(entra: &str, acs: &str, service: &str) -> Value {
    let places = [("http://localhost:8401", entra), ("http://localhost:8402", acs), ("http://localhost:8403", service)];
    let text = places.iter().fold(ALL_PROFILES.to_owned(), |text, (from, to)| text.replace(from, to));
    let config: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("docs/config.all-profiles.json: {error}"));
    config["profiles"].clone()
}

/// The configuration of a portal that issues ES256 tokens. The keys are fetched from `localhost`, because only browsers
/// resolve names below it.
fn foreign_issuer(keys: &str) -> String {
    let (issuer, _) = keys.rsplit_once('/').expect("an address has a path");
    format!(
        "[[foreign_issuers]]\nissuer = \"{issuer}\"\njwks_url = \"{keys}\"\nalgorithms = [\"ES256\"]\n\
         audience = \"{PORTAL_AUDIENCE}\"\ntenant = \"{}\"\n",
        FABRIKAM.id
    )
}

/// Emulator and exchange service, each on a port that the system chose. They end when this is dropped.
pub struct Backend {
    /// The origin of the emulated Entra.
    pub entra: String,
    /// The origin of the emulated ACS.
    pub acs: String,
    /// The origin of the exchange service.
    pub service: String,
    /// Controls the emulator: clock, faults, recorded requests.
    pub emulator: Emulator,
    /// The origins that issue ACS tokens to the page: the exchange service, ACS, or both.
    pub exchanges: Vec<String>,
    /// The `config.json` of the page.
    pub config: String,
    service_requests: Arc<Mutex<Vec<String>>>,
    clock: Clock,
    _servers: JoinSet<std::io::Result<()>>,
}

/// The emulator's clock as the clock of the exchange service.
struct SharedClock {
    wall: Clock,
    machine: SystemClock,
}

impl exchange_service::Clock for SharedClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.wall.now())
    }

    fn monotonic(&self) -> Duration {
        self.machine.monotonic()
    }
}

impl Backend {
    /// Starts the servers for a page with this origin.
    pub async fn start(page: &str, setup: Setup) -> Self {
        let [entra_listener, acs_listener, service_listener] = [listen().await, listen().await, listen().await];
        let [entra, acs, service] = [&entra_listener, &acs_listener, &service_listener].map(url);

        let options = azure_emulator::Options {
            entra_url: entra.clone(),
            acs_url: acs.clone(),
            clock: setup.clock.clone(),
            coop: setup.coop,
        };
        let emulator = Emulator::with_seed(options, setup.seed);
        let mut servers = JoinSet::new();
        servers.spawn(azure_emulator::serve(emulator.clone(), entra_listener, acs_listener));
        let places = Places { page, entra: &entra, acs: &acs, service: &service };
        let written = match setup.set_up_for {
            Some(users) => Some(set_up(&emulator, &places, users).await),
            None => None,
        };
        let text = format!(
            "listen = \"127.0.0.1:0\"\n\
             [acs]\nendpoint = \"{acs}\"\n\
             [page]\nclient_id = \"{}\"\norigins = [\"{page}\"]\n\
             [entra]\nauthority = \"{entra}\"\naudience = \"{SERVICE_CLIENT}\"\nscope = \"access_as_user\"\n\
             tenants = [\"{}\", \"{}\"]\nclients = [\"{CONTOSO_PAGE}\", \"{FABRIKAM_PAGE}\"]\n\
             [exchanges]\nentra_id_users = true\ninsecure_guests = true\n\
             [mailbox]\nstore = \"memory\"\n{}",
            setup.service_client,
            FABRIKAM.id,
            CONTOSO.id,
            setup.portal_keys.as_deref().map(foreign_issuer).unwrap_or_default()
        );
        let text = written.as_ref().map_or(text, |written| written.service.clone());
        let key = |name: &str| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned());
        let configuration = Configuration::parse(&text, key)
            .unwrap_or_else(|error| panic!("the exchange service's configuration: {error}"));
        let clock = SharedClock { wall: setup.clock.clone(), machine: SystemClock::start() };
        let router = exchange_service::router(configuration, clock)
            .unwrap_or_else(|error| panic!("the exchange service does not start: {error}"));
        let sample = setup
            .sample
            .map(|sample| sample.router(entra.clone(), acs.clone(), setup.service_client, setup.clock.clone()));

        let (exchanges, exchange) = if setup.direct {
            (vec![acs.clone()], json!({ "contract": "acs-entra", "url": acs }))
        } else {
            let (contract, path) =
                setup.sample.map_or(("quickstart", "/exchange"), |sample| (sample.contract(), sample.path));
            let mut backend = json!({ "contract": contract, "url": format!("{service}{path}") });
            match setup.portal_keys {
                Some(_) => backend["callerFrom"] = "portal".into(),
                None => backend["scope"] = format!("api://{SERVICE_CLIENT}/access_as_user").into(),
            }
            (vec![service.clone()], backend)
        };
        let exchanges = if setup.all_profiles { vec![service.clone(), acs.clone()] } else { exchanges };
        let mut config = json!({
            "clientId": setup.page_client,
            "authority": format!("{entra}/{}/", setup.tenant),
            "redirectUri": format!("{page}/"),
            "exchange": exchange,
            // Tests read how long the token lives.
            "developerTools": true,
        });
        if setup.relayed_keys {
            config["keysUrl"] = format!("{service}/keys").into();
        }
        if !setup.portals.is_empty() {
            let portals = setup.portals.iter().map(|origin| json!({ "origin": origin, "receivesToken": true }));
            config["portals"] = portals.collect();
            // `Cross-Origin-Opener-Policy` of Entra's pages cuts the window off from a page in a frame.
            config["mailboxUrl"] = format!("{service}/mailbox").into();
        }
        if setup.all_profiles {
            config["profiles"] = all_profiles(&entra, &acs, &service);
            for key in ["clientId", "authority", "exchange"] {
                config[key] = Value::Null;
            }
        }
        for (key, value) in setup.more.as_object().into_iter().flatten() {
            config[key] = value.clone();
        }
        config.as_object_mut().expect("it is an object").retain(|_, value| !value.is_null());

        let service_requests = Arc::new(Mutex::new(Vec::new()));
        let recorded = service_requests.clone();
        let record = middleware::map_request(move |request: Request| {
            let line = format!("{} {}", request.method(), request.uri());
            recorded.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            ready(request)
        });
        servers.spawn(axum::serve(service_listener, sample.unwrap_or(router).layer(record)).into_future());
        Self {
            entra,
            acs,
            service,
            emulator,
            exchanges,
            config: written.map_or_else(|| config.to_string(), |written| written.config),
            service_requests,
            clock: setup.clock,
            _servers: servers,
        }
    }

    /// All requests to the exchange service so far, such as `POST /exchange`, preflights included.
    pub fn service_requests(&self) -> Vec<String> {
        self.service_requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Moves the clock of emulator and exchange service forward.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(seconds);
    }

    /// The time of that clock, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.clock.now()
    }
}
