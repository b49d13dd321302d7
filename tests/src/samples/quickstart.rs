//! Express with `express-jwt`: audience, issuer and scope of B are not checked, and an error is an HTML page with a
//! stack.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::post,
};
use serde_json::Value;

use super::{
    Environment,
    caller::Caller,
    exchange::{Sdk, exchange},
    response::{express_error, json},
};

pub(super) fn router() -> Router<Arc<Environment>> {
    Router::new().route("/exchange", post(token)).fallback(async || {
        express_error(StatusCode::NOT_FOUND, "NotFoundError: no such file or directory, stat '/srv/index.html'")
    })
}

async fn token(State(surroundings): State<Arc<Environment>>, headers: HeaderMap, body: String) -> Response {
    let caller = match Caller::of(&headers, &surroundings) {
        Ok(caller) => caller,
        Err(rejected) => {
            return express_error(StatusCode::UNAUTHORIZED, &format!("UnauthorizedError: {}", rejected.in_express()));
        }
    };
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(token) = body["accessToken"].as_str() else {
        let error = "Error: token cannot be null";
        return express_error(StatusCode::INTERNAL_SERVER_ERROR, error);
    };
    match exchange(&surroundings, Sdk::JavaScript, token, surroundings.client_id, caller.object_id()).await {
        Ok(token) => json(StatusCode::OK, &token),
        // The default error handler uses the status of the SDK's error, if that is a 4xx or 5xx.
        Err(refusal) => {
            let is_error = refusal.status.is_client_error() || refusal.status.is_server_error();
            let status = if is_error { refusal.status } else { StatusCode::INTERNAL_SERVER_ERROR };
            express_error(status, &format!("RestError: {}", refusal.message))
        }
    }
}
