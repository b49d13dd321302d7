//! Health, readiness, metrics and OpenAPI. These routes issue nothing and know no person.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::{
    body::JSON,
    state::{AppState, MAX_CONCURRENT_EXCHANGES},
};
use crate::telemetry::{
    log::Log,
    metrics::{CONTENT_TYPE as METRICS, Now, resident_memory},
};

/// Whether the process runs.
#[cfg_attr(test, utoipa::path(get, path = "/livez", tag = "probes", responses((status = 200, description = "It runs."))))]
pub(super) async fn livez() -> StatusCode {
    StatusCode::OK
}

/// Whether an exchange can succeed: keys of an issuer are available, the clock is right, and the process is not
/// draining. ACS is not checked: its outage affects every instance, and removing all of them would only hide it.
#[cfg_attr(test, utoipa::path(get, path = "/readyz", tag = "probes", responses(
    (status = 200, description = "It can.", body = String, content_type = "text/plain; charset=utf-8"),
    (status = 503, description = "Draining, no issuer's keys, or a wrong clock.", body = String,
        content_type = "text/plain; charset=utf-8"),
)))]
pub(super) async fn readyz(State(state): State<Arc<AppState>>) -> Response {
    if state.draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    if !state.validator.keys.has_any().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "no issuer's keys\n").into_response();
    }
    // With a wrong clock, ACS refuses signatures, and this service accepts or refuses the wrong tokens.
    if state.peer_clock.is_off() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the clock is wrong\n").into_response();
    }
    (StatusCode::OK, "ready\n").into_response()
}

/// The metrics. They have their own listener, because they reveal the state of the service.
pub(super) async fn metrics(State(state): State<Arc<AppState>>) -> Response {
    let now = Now {
        acs_is_down: state.acs.is_down(),
        acs_tenants_down: state.acs.tenants_down(),
        allowance: state.acs.authorized.allowance(),
        connections: state.connections.census(),
        clock_difference: state.peer_clock.difference(),
        acs_requests: state.acs.authorized.requests_sent(),
        log_lines_lost: state.log.as_ref().map_or(0, Log::lines_lost),
        mailboxes: state.mailbox.as_ref().map(|mailbox| mailbox.occupancy(state.clock.now())),
        memory: resident_memory(),
        exchanges: MAX_CONCURRENT_EXCHANGES - state.exchange_permits.available_permits().min(MAX_CONCURRENT_EXCHANGES),
    };
    ([(CONTENT_TYPE, HeaderValue::from_static(METRICS))], state.metrics.text(&now)).into_response()
}

/// The OpenAPI document of the contract, for developers of other clients.
#[cfg_attr(test, utoipa::path(get, path = "/openapi.json", tag = "probes", responses(
    (status = 200, description = "This document.", body = Object, content_type = "application/json"),
)))]
pub(super) async fn openapi() -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(JSON))], include_str!("../../openapi.json")).into_response()
}
