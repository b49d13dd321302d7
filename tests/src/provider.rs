use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{
        HeaderMap, Method,
        header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_TYPE},
    },
    response::Response,
};
use page_host::{Addresses, Authority};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    FABRIKAM_PAGE,
    headers::Host,
    loopback::{listen, url, url_below_localhost},
    program::Program,
    site::Site,
    stack::{dist, root},
};

/// The page with an identity provider of another author: `oidc-provider` from npm, with Entra's issuer and claims. A
/// stand-in for the exchange service accepts any tokens and records them.
pub struct Provider {
    /// The page's own address, with the slash at its end.
    pub page: String,
    /// The origin of the provider.
    pub origin: String,
    exchanged: Exchanged,
    _program: Program,
    _home: TempDir,
    _servers: JoinSet<std::io::Result<()>>,
}

/// B and A1 of every exchange.
type Exchanged = Arc<Mutex<Vec<(String, String)>>>;

impl Provider {
    /// Starts the provider with the `node` on PATH, and the page. ACS tokens are valid for an hour.
    pub async fn start() -> Self {
        Self::with_acs_tokens_of(3600).await
    }

    /// The same, with ACS tokens that are valid for this number of seconds.
    pub async fn with_acs_tokens_of(seconds: u64) -> Self {
        let [page_listener, exchange_listener] = [listen().await, listen().await];
        let page = url_below_localhost("app", &page_listener);
        let exchange = url(&exchange_listener);
        let home = tempfile::tempdir().unwrap_or_else(|error| panic!("no directory for the provider: {error}"));
        let mut program = Program::start("node".into(), home.path(), |command| {
            command.arg(Path::new("provider.js")).arg(format!("{page}/"));
            command.current_dir(root().join("tests").join("peers"));
        });
        let origin = program.announced(|line| Some(line.strip_prefix("listening ")?.to_owned())).await;

        let config = json!({
            "clientId": FABRIKAM_PAGE,
            "authority": format!("{origin}/{}/", azure_emulator::FABRIKAM.id),
            "redirectUri": format!("{page}/"),
            "exchange": {
                "contract": "quickstart",
                "url": format!("{exchange}/exchange"),
                "scope": "api://e8c00000-0000-4000-8000-000000000020/access_as_user",
            },
        });
        let addresses = Addresses {
            authorities: vec![Authority {
                address: config["authority"].as_str().unwrap_or_default().to_owned(),
                client_id: FABRIKAM_PAGE.to_owned(),
                is_entra: false,
            }],
            signs_in_by_redirect: true,
            exchanges: vec![exchange],
            mailbox: None,
            links: Vec::new(),
            portals: Vec::new(),
        };
        let site = Site::new(&dist(), &config.to_string(), addresses, Host::Proper);
        let exchanged = Exchanged::default();
        let mut servers = JoinSet::new();
        serve(&mut servers, page_listener, site.router());
        serve(
            &mut servers,
            exchange_listener,
            Router::new().fallback(exchange_anything).with_state((exchanged.clone(), seconds)),
        );
        Self { page: format!("{page}/"), origin, exchanged, _program: program, _home: home, _servers: servers }
    }

    /// B and A1 of every exchange so far.
    pub fn exchanged(&self) -> Vec<(String, String)> {
        self.exchanged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(servers: &mut JoinSet<std::io::Result<()>>, listener: TcpListener, router: Router) {
    servers.spawn(axum::serve(listener, router).into_future());
}

async fn exchange_anything(
    State((exchanged, seconds)): State<(Exchanged, u64)>,
    method: Method,
    headers: HeaderMap,
    body: String,
) -> Response {
    let response = Response::builder()
        .header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .header(ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type");
    let text = if method == Method::POST {
        let caller = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let entra = body["accessToken"].as_str().unwrap_or_default();
        exchanged.lock().unwrap_or_else(PoisonError::into_inner).push((caller.to_owned(), entra.to_owned()));
        let expires_on = azure_emulator::acs_timestamp(azure_emulator::Clock::system().now() + seconds);
        json!({ "token": "the-ACS-token", "expiresOn": expires_on }).to_string()
    } else {
        String::new()
    };
    let response = response.header(CONTENT_TYPE, "application/json").body(Body::from(text));
    response.expect("constant headers are valid")
}
