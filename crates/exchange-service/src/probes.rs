//! The routes that are for the operator's machinery, for developers, and for nobody's person.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use crate::{
    log::Log,
    metrics::Now,
    router::{MAX_CONCURRENT_EXCHANGES, Service},
};

/// Whether an exchange would find what it needs: keys of an issuer, a clock that is right, and a process that is not
/// about to end. ACS is not
/// asked: its outage is every instance's, and taking all of them away would only hide it.
pub(crate) async fn readyz(State(service): State<Arc<Service>>) -> Response {
    if service.draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    if !service.validator.has_keys().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "no issuer's keys\n").into_response();
    }
    // A signature with a wrong date is refused, and who is asked for a token is judged by a wrong date.
    if service.peer_clock.is_off() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the clock is wrong\n").into_response();
    }
    (StatusCode::OK, "ready\n").into_response()
}

/// On a listener of its own, because numbers tell a stranger how a service is doing.
pub(crate) async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let now = Now {
        acs_is_down: service.acs.is_down(),
        acs_tenants_down: service.acs.tenants_down(),
        allowance: service.acs.allowance(),
        connections: service.connections.census(),
        clock_difference: service.peer_clock.difference(),
        acs_requests: service.acs.requests_sent(),
        log_lines_lost: service.log.as_ref().map_or(0, Log::lines_lost),
        mailboxes: service.mailbox.as_ref().map(|mailbox| mailbox.occupancy(service.clock.unix_seconds())),
        exchanges: MAX_CONCURRENT_EXCHANGES
            - service.exchange_permits.available_permits().min(MAX_CONCURRENT_EXCHANGES),
    };
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], service.metrics.text(&now)).into_response()
}

/// The contract, for who writes another client.
pub(crate) async fn openapi() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, kind)], include_str!("../openapi.json")).into_response()
}
