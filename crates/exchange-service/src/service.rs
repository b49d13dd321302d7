//! The composition root: builds the service from its configuration, and serves it.

use std::{
    future::{Future, pending},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::Router;
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    acs::{AcsClient, allowance::Allowance, assignments::Assignments},
    caller::Validator,
    clock::Clock,
    configuration::Configuration,
    http::{AppState, MAX_CONCURRENT_EXCHANGES, metrics_routes, routes, serve_within, step_up_challenge},
    mailbox::{Mailbox, MailboxPlace},
    net::{budget, connections::Connections, outbound::Outbound, peer_clock::PeerClock},
    rate_limit::RateLimit,
    reach::{Reached, reach},
    start_error::StartError,
    telemetry::{
        log::{Log, RefusalSampling},
        metrics::Metrics,
        trace_export::TraceExport,
    },
};

/// The service, before it is given a listener.
pub struct ExchangeService(Arc<AppState>);

impl ExchangeService {
    /// Builds the service.
    ///
    /// # Errors
    ///
    /// The machine or the process lacks something that the configuration cannot provide.
    pub fn new(configuration: Configuration, clock: impl Clock) -> Result<Self, StartError> {
        app_state(configuration, clock, None).map(Self)
    }

    /// Builds the service with this log, in which each exchange reserves a place for its audit record.
    ///
    /// # Errors
    ///
    /// The same as [`ExchangeService::new`].
    pub fn logging_to(log: Log, configuration: Configuration, clock: impl Clock) -> Result<Self, StartError> {
        app_state(configuration, clock, Some(log)).map(Self)
    }

    /// The routes for pages and probes.
    pub fn router(&self) -> Router {
        routes(self.0.clone())
    }

    /// The routes for Prometheus, and the probes, for a listener that only the operator can reach.
    pub fn metrics(&self) -> Router {
        metrics_routes(self.0.clone())
    }

    /// Serves [`ExchangeService::router`] until `shutdown`, as [`serve`](crate::serve) does.
    ///
    /// # Errors
    ///
    /// The same as [`serve`](crate::serve).
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        serve_within(self.0.connections.clone(), listener, self.router(), shutdown).await
    }

    /// Serves [`ExchangeService::metrics`], with its own small limit of connections.
    ///
    /// # Errors
    ///
    /// The same as [`serve`](crate::serve).
    pub async fn serve_metrics(&self, listener: TcpListener) -> io::Result<()> {
        let connections = Connections::new(budget::MAX_METRICS_CONNECTIONS);
        // It is not drained, because no client depends on its last requests.
        serve_within(connections, listener, self.metrics(), pending()).await
    }

    /// Reads the files of the access keys and fetches the issuers' keys again, at once, so that a leaked key can be
    /// replaced without waiting. If that fails, the last keys stay.
    pub async fn reload(&self) {
        let ((), failed) =
            futures_util::future::join(self.0.acs.authorized.reload(), self.0.validator.keys.reload()).await;
        if failed.is_empty() {
            tracing::info!("reloaded");
        } else {
            tracing::error!(issuers = ?failed, "the keys of these issuers could not be fetched, and their last ones stay");
        }
    }

    /// Checks all peers that the configuration names. No token is issued.
    pub async fn reach(&self) -> Vec<Reached> {
        reach(&self.0.validator, &self.0.acs, &self.0.peer_clock).await
    }

    /// From now on `/readyz` reports that the service accepts no new work. Requests are still served.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
        if let Some(mailbox) = &self.0.mailbox {
            mailbox.drain();
        }
    }

    /// After the last request: sends the remaining spans to the collector of traces, for a few seconds at most.
    pub async fn finish(&self) {
        if let Some(traces) = &self.0.traces {
            traces.finish().await;
        }
    }
}

/// The same as [`ExchangeService::router`], for a new service.
///
/// # Errors
///
/// The same as [`ExchangeService::new`].
pub fn router(configuration: Configuration, clock: impl Clock) -> Result<Router, StartError> {
    Ok(ExchangeService::new(configuration, clock)?.router())
}

impl Assignments {
    /// The client for assignments, with the resource and the credential of the configuration.
    ///
    /// # Errors
    ///
    /// The same as [`ExchangeService::new`].
    pub fn new(configuration: Configuration, clock: impl Clock) -> Result<Self, StartError> {
        let Configuration { acs, page, .. } = configuration;
        Self::of(acs, page.client_id, Arc::new(clock))
    }
}

pub(crate) fn app_state(
    configuration: Configuration,
    clock: impl Clock,
    log: Option<Log>,
) -> Result<Arc<AppState>, StartError> {
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let outbound = Outbound::new()?;
    let Configuration { acs, page, entra, foreign_issuers, exchanges, limits, mailbox, traces, .. } = configuration;
    if exchanges.guests {
        tracing::warn!("for development only: anyone who asks gets a token, without any proof of identity");
    }
    let step_up = entra.authentication_context.as_deref().map(step_up_challenge);
    let peer_clock = Arc::new(PeerClock::new(clock.clone()));
    let validator = Validator::new(entra, foreign_issuers, &outbound, &peer_clock, clock.clone());
    let traces = traces.map(|collector| TraceExport::new(collector, outbound.clone())).transpose()?;
    // Processes that share mailboxes in Redis count the allowance of ACS there, too.
    let redis = match &mailbox {
        Some(MailboxPlace::Redis { client, .. }) => Some(client.as_ref().clone()),
        Some(MailboxPlace::Memory) | None => None,
    };
    let resource = acs.endpoint.authority().to_owned();
    let allowance = Allowance::new(limits.allowance, redis, &resource, clock.clone());
    Ok(Arc::new(AppState {
        acs: Arc::new(AcsClient::new(acs, page.client_id, allowance, outbound, peer_clock.clone(), clock.clone())?),
        connections: Connections::new(budget::connections()),
        draining: AtomicBool::new(false),
        exchange_permits: Semaphore::new(MAX_CONCURRENT_EXCHANGES),
        exchanges,
        log,
        mailbox: mailbox.map(|place| Arc::new(Mailbox::new(place, &clock))),
        metrics: Metrics::default(),
        origins: page.origins,
        peer_clock,
        per_address_limit: RateLimit::per_minute(limits.per_address, &clock),
        per_address_limit_for_others: RateLimit::per_minute(limits.per_address, &clock),
        guests_per_address_limit: RateLimit::per_minute(limits.guests_per_address, &clock),
        per_user_limit: RateLimit::per_minute(limits.per_user, &clock),
        sampling: RefusalSampling::default(),
        step_up,
        traces,
        trusted_proxies: limits.trusted_proxies as usize,
        validator,
        clock,
    }))
}
