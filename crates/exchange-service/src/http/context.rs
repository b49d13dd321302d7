//! The context of one request: where it comes from, the ids in its log records, and what was decided about it.

use std::{net::IpAddr, sync::Arc};

use axum::extract::{MatchedPath, Request};
use parking_lot::Mutex;

use super::{client_address::client_address, cors::is_from_another_page};
use crate::telemetry::{
    audit::{Audit, RequestIds},
    correlation::CorrelationId,
    log::RecordPlace,
    trace_context::TraceContext,
};

/// What is known about one request. Every request that reaches a route has it in its extensions.
#[derive(Debug, Clone)]
pub(super) struct RequestContext {
    /// `None` where the request came over no connection of [`crate::serve`].
    pub(super) address: Option<IpAddr>,
    pub(super) correlation: CorrelationId,
    pub(super) is_from_another_page: bool,
    /// `None` where no route has this path.
    pub(super) route: Option<MatchedPath>,
    pub(super) trace: TraceContext,
    /// Shared with the middleware, because a request that is given up or panics takes along what its route knew.
    audit: Arc<Mutex<Audit>>,
    /// The place of the audit record, once one is reserved.
    place: Arc<Mutex<Option<RecordPlace>>>,
}

impl RequestContext {
    /// `proxies` is how many in front are trusted.
    pub(super) fn of(request: &Request, proxies: usize) -> Self {
        Self {
            address: client_address(request.headers(), request.extensions(), proxies),
            correlation: CorrelationId::of(request.headers()),
            is_from_another_page: is_from_another_page(request.headers()),
            route: request.extensions().get().cloned(),
            trace: TraceContext::of(request.headers()),
            audit: Arc::default(),
            place: Arc::default(),
        }
    }

    /// Notes what the route found out.
    pub(super) fn note(&self, write: impl FnOnce(&mut Audit)) {
        write(&mut self.audit.lock());
    }

    /// Keeps the place of the audit record until the decision is logged.
    pub(super) fn keep_place(&self, place: RecordPlace) {
        *self.place.lock() = Some(place);
    }

    pub(super) fn take_place(&self) -> Option<RecordPlace> {
        self.place.lock().take()
    }

    /// What is noted so far.
    pub(super) fn audit(&self) -> Audit {
        self.audit.lock().clone()
    }

    /// What names this request in logs and traces.
    pub(super) fn ids(&self) -> RequestIds<'_> {
        RequestIds {
            correlation: &self.correlation,
            trace: &self.trace,
            route: self.route.as_ref().map(MatchedPath::as_str),
            address: self.address,
        }
    }
}
