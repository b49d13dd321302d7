//! Azure Communication Services, as far as an exchange needs it.

pub(crate) mod problem;

mod hmac;
mod rate_limit;
mod teams_user;

use axum::Router;
use axum::response::Response;
use axum::routing::post;

use crate::Emulator;
use crate::acs::problem::Problem;

/// Every route of the ACS listener. None answers CORS: the key has no business in a browser.
pub(crate) fn router(emulator: Emulator) -> Router {
    Router::new()
        // In ACS's paths the colon is a character like any other.
        .without_v07_checks()
        .route("/teamsUser/:exchangeAccessToken", post(teams_user::exchange))
        .method_not_allowed_fallback(not_found)
        .fallback(not_found)
        .with_state(emulator)
}

async fn not_found() -> Response {
    Problem::NotFound.into_response()
}
