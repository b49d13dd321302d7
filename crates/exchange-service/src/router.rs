//! The routes, and what they share.

use std::{
    collections::BTreeSet,
    future::{Future, pending},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    http::{HeaderValue, StatusCode},
    middleware::from_fn_with_state,
    routing::{get, post},
};
use protocol::{exchange::ExchangeProblemCode, ids::ObjectId};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    acs::{AcsClient, allowance::Allowance},
    budget,
    caller::{IssuerTenant, Validator},
    clock::Clock,
    configuration::{Configuration, Exchanges, MailboxPlace},
    connections::Connections,
    exchange_routes::{for_a_guest, of_entra_id_user, of_teams_user, of_teams_user_via_get},
    key_relay::{all_keys, tenant_keys},
    log::{Log, RefusalSampling},
    mailbox::{self, Mailbox},
    metrics::Metrics,
    middleware::{self, get_only, method_not_allowed, preflight, preflight_of_get},
    outbound::Outbound,
    peer_clock::PeerClock,
    probes::{metrics, openapi, readyz},
    problem_details::Problem,
    rate_limit::{Network, RateLimit},
    reach::{Reached, reach},
    serve::serve_within,
    start_error::StartError,
    step_up::challenge,
    trace_export::TraceExport,
};

/// How many exchanges run at once. More are rejected rather than queued: a queue only makes all of them late. ACS
/// allows 500 in 30 seconds, and one takes well under a second.
pub(crate) const MAX_CONCURRENT_EXCHANGES: usize = 256;

/// What every request needs.
pub(crate) struct Service {
    pub(crate) acs: AcsClient,
    pub(crate) clock: Arc<dyn Clock>,
    /// Nothing where the program that embeds this service keeps no log by it.
    pub(crate) log: Option<Log>,
    /// Refusals of strangers, of which some are logged.
    pub(crate) sampling: RefusalSampling,
    pub(crate) connections: Arc<Connections>,
    /// No new work is wanted: the process is about to end.
    pub(crate) draining: AtomicBool,
    /// Nothing where none are wanted.
    pub(crate) mailbox: Option<Arc<Mailbox>>,
    pub(crate) exchanges: Exchanges,
    pub(crate) metrics: Metrics,
    /// By address, before anything is believed of a request.
    pub(crate) per_address_limit: RateLimit<Network>,
    /// The same for what any web page can have a browser send: refusals before any route, and keys. Apart, or a page that
    /// somebody visits would lock out everybody behind the same address.
    pub(crate) per_address_limit_for_others: RateLimit<Network>,
    /// Guests by address; nothing where none is known.
    pub(crate) guests_per_address_limit: RateLimit<Option<Network>>,
    /// By person, once known, and by who vouched for them.
    pub(crate) per_user_limit: RateLimit<(IssuerTenant, ObjectId)>,
    pub(crate) trusted_proxies: usize,
    pub(crate) origins: BTreeSet<String>,
    pub(crate) peer_clock: Arc<PeerClock>,
    pub(crate) exchange_permits: Semaphore,
    /// What is demanded of the person's sign-in, if anything is.
    pub(crate) step_up: Option<HeaderValue>,
    /// Nothing where no collector is configured.
    pub(crate) traces: Option<TraceExport>,
    pub(crate) validator: Validator,
}

impl Service {
    pub(crate) fn new(
        configuration: Configuration,
        clock: impl Clock,
        log: Option<Log>,
    ) -> Result<Arc<Self>, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let outbound = Outbound::new()?;
        let Configuration { acs, page, entra, foreign_issuers, exchanges, limits, mailbox, traces, operation: _ } =
            configuration;
        if exchanges.guests {
            tracing::warn!("for development only: anybody who asks gets a token, and nobody is asked who they are");
        }
        let step_up = entra.authentication_context.as_deref().map(challenge);
        let peer_clock = Arc::new(PeerClock::new(clock.clone()));
        let validator = Validator::new(entra, foreign_issuers, &outbound, &peer_clock, clock.clone());
        let traces = traces.map(|collector| TraceExport::new(collector, outbound.clone()));
        // What the processes share already, they count in, too.
        let redis = match &mailbox {
            Some(MailboxPlace::Redis { client, .. }) => Some(client.as_ref().clone()),
            Some(MailboxPlace::Memory) | None => None,
        };
        let resource = acs.endpoint.authority().to_owned();
        let allowance = Allowance::new(limits.allowance, redis, &resource, clock.clone());
        Ok(Arc::new(Self {
            acs: AcsClient::new(acs, page.client_id, allowance, outbound, peer_clock.clone(), clock.clone())?,
            per_address_limit: RateLimit::per_minute(limits.per_address),
            per_address_limit_for_others: RateLimit::per_minute(limits.per_address),
            exchanges,
            guests_per_address_limit: RateLimit::per_minute(limits.guests_per_address),
            per_user_limit: RateLimit::per_minute(limits.per_user),
            trusted_proxies: limits.trusted_proxies as usize,
            connections: Connections::new(budget::connections()),
            draining: AtomicBool::new(false),
            mailbox: mailbox.map(Mailbox::new).map(Arc::new),
            metrics: Metrics::default(),
            origins: page.origins,
            peer_clock,
            step_up,
            traces,
            exchange_permits: Semaphore::new(MAX_CONCURRENT_EXCHANGES),
            validator,
            clock,
            log,
            sampling: RefusalSampling::default(),
        }))
    }
}

/// The service, before it is given a listener.
pub struct ExchangeService(Arc<Service>);

impl ExchangeService {
    /// Fails only where the machine or the process lacks something that the configuration cannot give.
    pub fn new(configuration: Configuration, clock: impl Clock) -> Result<Self, StartError> {
        Service::new(configuration, clock, None).map(Self)
    }

    /// The same with this log, in which each exchange reserves a place for its audit record.
    ///
    /// # Errors
    ///
    /// As [`ExchangeService::new`].
    pub fn logging_to(log: Log, configuration: Configuration, clock: impl Clock) -> Result<Self, StartError> {
        Service::new(configuration, clock, Some(log)).map(Self)
    }

    /// What pages and probes ask.
    pub fn router(&self) -> Router {
        routes(self.0.clone())
    }

    /// What Prometheus asks, and the probes: for a listener that only the operator's machinery can reach.
    pub fn metrics(&self) -> Router {
        Router::new()
            .route("/metrics", get(metrics))
            .route("/livez", get(StatusCode::OK))
            .route("/readyz", get(readyz))
            .with_state(self.0.clone())
    }

    /// Serves [`ExchangeService::router`] until `shutdown`, as [`serve`](crate::serve) does.
    ///
    /// # Errors
    ///
    /// As [`serve`](crate::serve).
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        serve_within(self.0.connections.clone(), listener, self.router(), shutdown).await
    }

    /// Serves [`ExchangeService::metrics`], with a few connections of its own.
    ///
    /// # Errors
    ///
    /// As [`serve`](crate::serve).
    pub async fn serve_metrics(&self, listener: TcpListener) -> io::Result<()> {
        let connections = Connections::new(budget::MAX_METRICS_CONNECTIONS);
        // Nothing of it is in flight at the end that would be missed.
        serve_within(connections, listener, self.metrics(), pending()).await
    }

    /// Reads the files of the access keys and fetches the issuers' keys again, at once: for an emergency in which a key
    /// must not stay in use as long as it usually would. What cannot be had leaves what was known.
    pub async fn reload(&self) {
        let ((), failed) = futures_util::future::join(self.0.acs.reload(), self.0.validator.reload()).await;
        if failed.is_empty() {
            tracing::info!("reloaded");
        } else {
            tracing::error!(issuers = ?failed, "the keys of these issuers could not be fetched, and their last ones stay");
        }
    }

    /// Asks everything that the configuration points at whether it is of use. Nobody gets a token by it.
    pub async fn reach(&self) -> Vec<Reached> {
        reach(&self.0).await
    }

    /// From now on `/readyz` says that no new work is wanted. Requests are still served.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
        if let Some(mailbox) = &self.0.mailbox {
            mailbox.wake();
        }
    }

    /// After the last request: waits a few seconds at most until the collector of traces has the last of them.
    pub async fn finish(&self) {
        if let Some(traces) = &self.0.traces {
            traces.finish().await;
        }
    }
}

/// [`ExchangeService::router`] alone, for who needs nothing else.
pub fn router(configuration: Configuration, clock: impl Clock) -> Result<Router, StartError> {
    Ok(ExchangeService::new(configuration, clock)?.router())
}

fn routes(service: Arc<Service>) -> Router {
    let Exchanges { teams_users, teams_users_via_get, entra_id_users, guests } = service.exchanges;
    // What is off does not exist: it is not found, rather than forbidden.
    let mut router = Router::new();
    for (is_on, path, route) in [
        (teams_users, "/exchange", post(of_teams_user).options(preflight)),
        (entra_id_users, "/exchange/entra-id", post(of_entra_id_user).options(preflight)),
        (guests, "/exchange/guest", post(for_a_guest).options(preflight)),
        (
            teams_users_via_get,
            "/api/token/teams",
            // axum would let HEAD in with GET, and make a token for it.
            get(of_teams_user_via_get).head(get_only).options(preflight_of_get),
        ),
    ] {
        if is_on {
            router = router.route(path, route.fallback(method_not_allowed));
        }
    }
    router
        .route("/keys", get(all_keys).fallback(method_not_allowed))
        .route("/keys/{tenant}", get(tenant_keys).fallback(method_not_allowed))
        .route("/openapi.json", get(openapi).fallback(method_not_allowed))
        .route("/livez", get(StatusCode::OK).fallback(method_not_allowed))
        .route("/readyz", get(readyz).fallback(method_not_allowed))
        .merge(mailbox::routes(&service))
        .fallback(async || Problem::from(ExchangeProblemCode::NotFound))
        .layer(from_fn_with_state(service.clone(), middleware::request))
        .with_state(service)
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Request, Response, header},
    };
    use tower::ServiceExt;

    use super::*;
    use crate::{clock::SystemClock, exchange_routes::exchange_permit};

    fn service() -> Arc<Service> {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
        let text = include_str!("../exchange-service.dev.toml");
        let configuration =
            Configuration::parse(text, |name| (name == "ACS_ACCESS_KEY").then(|| key.to_owned())).unwrap();
        Service::new(configuration, SystemClock::start(), None).unwrap()
    }

    async fn send(router: Router, method: &str, path: &str) -> Response<Body> {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn more_exchanges_than_places_are_shed_and_the_probe_still_answers() {
        // SEC-096
        let service = service();
        let _all = service.exchange_permits.try_acquire_many(u32::try_from(MAX_CONCURRENT_EXCHANGES).unwrap()).unwrap();
        let asks = service.clone();
        let router = Router::new()
            .route("/place", get(async move || exchange_permit(&asks).map(drop)))
            .layer(from_fn_with_state(service.clone(), middleware::request));
        let answer = send(router, "GET", "/place").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
        assert_eq!(send(routes(service.clone()), "GET", "/livez").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_panic_is_the_problem_of_one_request() {
        // SEC-099, SEC-100
        async fn defect() -> StatusCode {
            panic!("canary")
        }
        let service = service();
        let router =
            Router::new().route("/defect", get(defect)).layer(from_fn_with_state(service.clone(), middleware::request));
        let answer = send(router, "GET", "/defect").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        let body = axum::body::to_bytes(answer.into_body(), 4096).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains(r#""code":"internal""#) && !body.contains("canary"), "{body}");
        assert_eq!(send(routes(service), "GET", "/livez").await.status(), StatusCode::OK);
    }
}
