//! The state that all requests share.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicBool},
};

use axum::http::HeaderValue;
use contract::ids::ObjectId;
use tokio::sync::Semaphore;

use crate::{
    acs::{AcsClient, Exchanges},
    caller::{IssuerTenant, Validator},
    clock::Clock,
    mailbox::Mailbox,
    net::{connections::Connections, peer_clock::PeerClock},
    rate_limit::{Network, RateLimit},
    telemetry::{
        log::{Log, RefusalSampling},
        metrics::Metrics,
        trace_export::TraceExport,
    },
};

/// The maximum number of exchanges at once. More are rejected rather than queued, because a queue would only delay all
/// of them. ACS allows 500 in 30 seconds, and each takes well under a second.
pub(crate) const MAX_CONCURRENT_EXCHANGES: usize = 256;

pub(crate) struct AppState {
    pub(crate) acs: Arc<AcsClient>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) connections: Arc<Connections>,
    /// Whether the process is about to end and accepts no new work. Only `ExchangeService::drain` sets it, which also
    /// ends the waits at mailboxes.
    pub(crate) draining: AtomicBool,
    pub(crate) exchange_permits: Semaphore,
    pub(crate) exchanges: Exchanges,
    /// The queued log. `None` if the embedding program does not use one.
    pub(crate) log: Option<Log>,
    /// `None` without return mailboxes.
    pub(crate) mailbox: Option<Arc<Mailbox>>,
    pub(crate) metrics: Metrics,
    /// The allowed values of the header `Origin`.
    pub(crate) origins: BTreeSet<String>,
    pub(crate) peer_clock: Arc<PeerClock>,
    /// The limit of each address, before anything in a request is trusted.
    pub(crate) per_address_limit: RateLimit<Network>,
    /// The limit of each address for requests that any web page can cause: refusals before any route, and keys. It has
    /// its own count, because otherwise one visited page could lock out all people behind the same address.
    pub(crate) per_address_limit_for_others: RateLimit<Network>,
    /// The limit of guests by address. Requests without a known address share one limit.
    pub(crate) guests_per_address_limit: RateLimit<Option<Network>>,
    /// The limit of each validated person, by the issuer that vouched for them.
    pub(crate) per_user_limit: RateLimit<(IssuerTenant, ObjectId)>,
    /// Decides which refusals of unvalidated callers are logged.
    pub(crate) sampling: RefusalSampling,
    /// The claims challenge for a person without the required authentication context; `None` if none is required.
    pub(crate) step_up: Option<HeaderValue>,
    /// `None` without a collector of traces.
    pub(crate) traces: Option<TraceExport>,
    pub(crate) trusted_proxies: usize,
    pub(crate) validator: Validator,
}
