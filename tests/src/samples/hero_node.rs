//! Express with a JSON error handler: every failure is a 500, also a missing token. Only a missing scope is a 403.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::get,
};
use serde_json::json;

use super::{
    Environment,
    caller::Caller,
    exchange::{Sdk, exchange},
    response::{self, HTML},
};

pub(super) fn router() -> Router<Arc<Environment>> {
    Router::new().route("/api/token/teams", get(token)).fallback(not_found)
}

async fn token(State(surroundings): State<Arc<Environment>>, headers: HeaderMap) -> Response {
    let caller = match Caller::of(&headers, &surroundings) {
        Ok(caller) => caller,
        Err(rejected) => return error(StatusCode::INTERNAL_SERVER_ERROR, rejected.in_express()),
    };
    if !caller.has_scope(surroundings.sample.scope) {
        return response::respond(StatusCode::FORBIDDEN, HTML, "Insufficient scope");
    }
    let Some(token) = headers.get("teams-user-aad-token").and_then(|value| value.to_str().ok()) else {
        return error(StatusCode::INTERNAL_SERVER_ERROR, &format!("{PREFIX}: token cannot be null or undefined."));
    };
    match exchange(&surroundings, Sdk::JavaScript, token, surroundings.client_id, caller.object_id()).await {
        Ok(token) => response::json(StatusCode::CREATED, &token),
        Err(refusal) => error(StatusCode::INTERNAL_SERVER_ERROR, &format!("{PREFIX}: {}", refusal.message)),
    }
}

/// The prefix of every error of the SDK.
const PREFIX: &str = "An error occurred when exchanging an AAD token";

async fn not_found(uri: Uri) -> Response {
    let message = format!("The {uri} endpoint is invalid!");
    response::json(StatusCode::NOT_FOUND, &json!({ "code": 404, "message": message }))
}

fn error(status: StatusCode, message: &str) -> Response {
    let stack = format!("Error: {message}\n    at /srv/build/controllers/tokenController.js:40:15");
    response::json(status, &json!({ "code": status.as_u16(), "message": message, "stack_trace": stack }))
}
