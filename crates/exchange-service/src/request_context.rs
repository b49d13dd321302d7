//! The context of one request: where it comes from, the ids in its log records, and what was decided about it.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::{MatchedPath, Request};

use crate::{
    audit::Audit, client_address::client_address, correlation::CorrelationId, fetch_metadata::is_of_another_page,
    log::RecordPlace, trace_context::TraceContext,
};

/// What is known about one request. Every request that reaches a route has it in its extensions.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    pub(crate) address: Option<IpAddr>,
    pub(crate) correlation: CorrelationId,
    pub(crate) is_of_another_page: bool,
    /// Nothing where no route has this path.
    pub(crate) route: Option<MatchedPath>,
    pub(crate) trace: TraceContext,
    /// Shared with the middleware, because a request that is given up or panics takes along what its route knew.
    audit: Arc<Mutex<Audit>>,
    /// Of the audit record, once one is reserved.
    place: Arc<Mutex<Option<RecordPlace>>>,
}

impl RequestContext {
    /// `proxies` is how many in front are trusted.
    pub(crate) fn of(request: &Request, proxies: usize) -> Self {
        Self {
            address: client_address(request.headers(), request.extensions(), proxies),
            correlation: CorrelationId::of(request.headers()),
            is_of_another_page: is_of_another_page(request.headers()),
            route: request.extensions().get().cloned(),
            trace: TraceContext::of(request.headers()),
            audit: Arc::default(),
            place: Arc::default(),
        }
    }

    /// Writes down what the route found out.
    pub(crate) fn note(&self, write: impl FnOnce(&mut Audit)) {
        // A panic elsewhere leaves a line that lacks something, which is better than none.
        write(&mut self.audit.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Keeps the place of the audit record until the decision is logged.
    pub(crate) fn keep_place(&self, place: RecordPlace) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    pub(crate) fn take_place(&self) -> Option<RecordPlace> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What is known by now.
    pub(crate) fn audit(&self) -> Audit {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
