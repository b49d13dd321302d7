//! What every request needs.

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

/// How many exchanges run at once. More are rejected rather than queued: a queue only makes all of them late. ACS
/// allows 500 in 30 seconds, and one takes well under a second.
pub(crate) const MAX_CONCURRENT_EXCHANGES: usize = 256;

pub(crate) struct AppState {
    pub(crate) acs: Arc<AcsClient>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) connections: Arc<Connections>,
    /// The process is about to end and wants no new requests. Set by `ExchangeService::drain` only, which also ends the
    /// waits at mailboxes.
    pub(crate) draining: AtomicBool,
    pub(crate) exchange_permits: Semaphore,
    pub(crate) exchanges: Exchanges,
    /// `None` where the embedding program has a log of its own.
    pub(crate) log: Option<Log>,
    /// `None` where no return mailboxes are configured.
    pub(crate) mailbox: Option<Arc<Mailbox>>,
    pub(crate) metrics: Metrics,
    /// Allowed values of the header `Origin`.
    pub(crate) origins: BTreeSet<String>,
    pub(crate) peer_clock: Arc<PeerClock>,
    /// By address, before anything of a request is believed.
    pub(crate) per_address_limit: RateLimit<Network>,
    /// By address too, for what any web page can make a browser send: refusals before any route, and keys. It counts
    /// apart, because otherwise one visited page locks out everyone behind the same address.
    pub(crate) per_address_limit_for_others: RateLimit<Network>,
    /// Guests by address. Requests without a known address share one limit.
    pub(crate) guests_per_address_limit: RateLimit<Option<Network>>,
    /// By person, once validated, and by the issuer that vouched for them.
    pub(crate) per_user_limit: RateLimit<(IssuerTenant, ObjectId)>,
    /// Decides which refusals of strangers are logged.
    pub(crate) sampling: RefusalSampling,
    /// The claims challenge for a person whose sign-in is too weak; `None` where no strength is required.
    pub(crate) step_up: Option<HeaderValue>,
    /// `None` where no collector is configured.
    pub(crate) traces: Option<TraceExport>,
    pub(crate) trusted_proxies: usize,
    pub(crate) validator: Validator,
}
