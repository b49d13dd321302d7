//! Azure Communication Services: the exchanges, the assignments that they need, and identities.

pub(crate) mod acs_error;
pub(crate) mod operation;

mod acs_token;
mod assignments;
mod backend;
mod call;
mod direct;
mod entra_token;
mod entra_user;
mod headers;
mod hmac;
mod identities;
mod rate_limit;
mod teams_extension;
mod teams_user;

use axum::{
    Router,
    middleware::from_fn_with_state,
    response::Response,
    routing::{get, post},
};

use crate::{
    Emulator,
    acs::acs_error::AcsError,
    request_faults::{self, ServiceClock},
};

/// All routes of the ACS listener. Only the exchanges of a person's own token allow CORS: the access key must not be in
/// a browser.
pub(crate) fn router(emulator: Emulator) -> Router {
    Router::new()
        // In the paths of ACS, a colon is a literal character.
        .without_v07_checks()
        .route("/teamsUser/:exchangeAccessToken", post(teams_user::exchange))
        .route("/access/entra/:exchangeAccessToken", post(entra_user::exchange).options(direct::preflight))
        .route("/access/entra/assignments", get(assignments::list).patch(assignments::patch))
        .route(
            "/access/entra/assignments/{object_id}",
            get(assignments::get).put(assignments::put).delete(assignments::delete),
        )
        .route(
            "/access/teamsExtension/:exchangeAccessToken",
            post(teams_extension::exchange).options(direct::preflight),
        )
        .route(
            "/access/teamsExtension/tenants/{tenant_id}/assignments/{object_id}",
            get(teams_extension::get).put(teams_extension::put).delete(teams_extension::delete),
        )
        .route("/identities", post(identities::create))
        .route("/identities/{id}", get(identities::get).delete(identities::delete))
        .route("/identities/{id}/:issueAccessToken", post(identities::issue))
        .route("/identities/{id}/:revokeAccessTokens", post(identities::revoke))
        .method_not_allowed_fallback(not_found)
        .fallback(not_found)
        .layer(from_fn_with_state((emulator, Emulator::acs_now as ServiceClock), request_faults::layer))
}

async fn not_found() -> Response {
    AcsError::NotFound.into_response()
}
