//! The endpoints of Microsoft Entra, version 2.0.

pub(crate) mod control;
pub(crate) mod refusal;
pub(crate) mod scopes;

mod admin_consent;
mod authorize;
mod claims;
mod client_credentials;
mod control_page;
mod discovery;
mod headers;
mod logout;
mod managed_identity;
mod pages;
mod redeem;
mod request;
mod respond;
mod token;

use axum::{
    Router,
    extract::RawQuery,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::{any, get, post},
};
use serde_json::json;

use crate::{
    Emulator, graph,
    request_faults::{self, ServiceClock},
    response,
};

/// All routes of the Entra listener.
pub(crate) fn router(emulator: Emulator) -> Router {
    let pages = Router::new()
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::authorize).post(authorize::authorize))
        .route("/{tenant}/login", post(authorize::sign_in))
        .route("/{tenant}/second-factor", post(authorize::second_factor))
        .route("/{tenant}/consent", post(authorize::consent))
        .route("/{tenant}/oauth2/v2.0/logout", get(logout::logout).post(logout::logout))
        .route("/{tenant}/adminconsent", get(admin_consent::admin_consent).post(admin_consent::admin_consent))
        .route("/{tenant}/v2.0/adminconsent", get(admin_consent::admin_consent).post(admin_consent::admin_consent))
        .route("/error", get(error_page))
        .route("/emulator/", get(control::page))
        .layer(from_fn(headers::for_pages));
    Router::new()
        .merge(pages)
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::configuration))
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .route("/{tenant}/discovery/keys", get(discovery::keys))
        .route("/{tenant}/oauth2/v2.0/token", any(token::token))
        .route("/msi/token", get(managed_identity::token))
        .route("/emulator/fault", post(control::fault))
        .route("/emulator/consent", post(control::consent))
        .route("/emulator/clock", post(control::advance))
        .route("/emulator/keys", post(control::rotate))
        .route("/emulator/reset", post(control::reset))
        .route("/emulator/log", get(control::log))
        .route("/emulator/graph-token", post(control::graph_token))
        .merge(graph::router())
        .fallback(not_found)
        .layer(from_fn(headers::for_all_responses))
        .layer(from_fn_with_state((emulator, Emulator::entra_now as ServiceClock), request_faults::layer))
}

/// `GET /error?code=…`: the target of `error_uri`.
async fn error_page(RawQuery(query): RawQuery) -> Response {
    let code = query.unwrap_or_default();
    response::html(StatusCode::OK, pages::error_code(code.strip_prefix("code=").unwrap_or_default()))
}

async fn not_found() -> Response {
    response::json(StatusCode::NOT_FOUND, &json!({ "error": "not_found" }))
}
