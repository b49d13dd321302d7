//! The context of one request: its address, the ids in its log records, and the audit record.

use std::{net::IpAddr, sync::Arc};

use axum::extract::{MatchedPath, Request};
use parking_lot::Mutex;

use super::{client_address::client_address, cors::is_from_another_page, state::AppState};
use crate::telemetry::{
    audit::{Audit, RequestIds},
    correlation::CorrelationId,
    log::RecordPlace,
    trace_context::TraceContext,
    trace_export::TraceExport,
};

/// What is known about one request. It is in the extensions of every request that reaches a route.
#[derive(Debug, Clone)]
pub(super) struct RequestContext {
    /// `None` if the request did not come over a connection of [`crate::serve`].
    pub(super) address: Option<IpAddr>,
    pub(super) correlation: CorrelationId,
    pub(super) is_from_another_page: bool,
    /// The route. `None` if no route has this path.
    pub(super) route: Option<MatchedPath>,
    pub(super) trace: TraceContext,
    /// Shared with the middleware, because a request that is abandoned or panics loses what its route knew.
    audit: Arc<Mutex<Audit>>,
    /// The reserved place of the audit record, if there is one.
    place: Arc<Mutex<Option<RecordPlace>>>,
}

impl RequestContext {
    pub(super) fn of(request: &Request, state: &AppState) -> Self {
        Self {
            address: client_address(request.headers(), request.extensions(), state.trusted_proxies),
            correlation: CorrelationId::of(request.headers()),
            is_from_another_page: is_from_another_page(request.headers()),
            route: request.extensions().get().cloned(),
            trace: TraceContext::of(request.headers(), state.traces.as_ref().map(TraceExport::sampler)),
            audit: Arc::default(),
            place: Arc::default(),
        }
    }

    /// Adds what the route found out to the audit record.
    pub(super) fn note(&self, write: impl FnOnce(&mut Audit)) {
        write(&mut self.audit.lock());
    }

    /// Keeps the reserved place of the audit record until it is logged.
    pub(super) fn keep_place(&self, place: RecordPlace) {
        *self.place.lock() = Some(place);
    }

    pub(super) fn take_place(&self) -> Option<RecordPlace> {
        self.place.lock().take()
    }

    /// A copy of the audit record so far.
    pub(super) fn audit(&self) -> Audit {
        self.audit.lock().clone()
    }

    /// The ids of this request for logs and traces.
    pub(super) fn ids(&self) -> RequestIds<'_> {
        RequestIds {
            correlation: &self.correlation,
            trace: &self.trace,
            route: self.route.as_ref().map(MatchedPath::as_str),
            address: self.address,
        }
    }
}
