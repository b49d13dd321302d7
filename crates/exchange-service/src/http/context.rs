//! The context of one request: where it comes from, the ids in its log records, and what was decided about it.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::{MatchedPath, Request};

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
        // A panic elsewhere leaves a line that lacks something, which is better than none.
        write(&mut self.audit.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Keeps the place of the audit record until the decision is logged.
    pub(super) fn keep_place(&self, place: RecordPlace) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    pub(super) fn take_place(&self) -> Option<RecordPlace> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What is noted so far.
    pub(super) fn audit(&self) -> Audit {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
