//! An Azure Function behind App Service authentication, which alone checks B. The Function takes A2 and A3 from the
//! body, and sends 404 for every failure.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::ACCEPT},
    response::Response,
    routing::post,
};
use serde_json::Value;

use super::{
    Environment,
    caller::Caller,
    exchange::{Sdk, exchange},
    response::{HTML, JSON, TEXT, respond},
};

pub(super) fn router() -> Router<Arc<Environment>> {
    Router::new()
        .route("/api/GetTokenForTeamsUser", post(token))
        .fallback(async || respond(StatusCode::NOT_FOUND, HTML, ""))
}

async fn token(State(surroundings): State<Arc<Environment>>, headers: HeaderMap, body: String) -> Response {
    let admitted = Caller::of(&headers, &surroundings).is_ok_and(|caller| caller.is_for(surroundings.sample.audience));
    if !admitted {
        let text = "You do not have permission to view this directory or page.";
        return respond(StatusCode::UNAUTHORIZED, HTML, text);
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let member = |name: &str| body[name].as_str().unwrap_or_default();
    if member("token").is_empty() {
        return respond(StatusCode::BAD_REQUEST, HTML, "");
    }
    match exchange(&surroundings, Sdk::DotNet, member("token"), member("appId"), member("userId")).await {
        // A string is sent as text, or as a JSON string that contains JSON if the request accepts JSON.
        Ok(token) if accepts_json(&headers) => {
            respond(StatusCode::OK, JSON, Value::from(format!("{token:#}")).to_string())
        }
        Ok(token) => respond(StatusCode::OK, TEXT, format!("{token:#}")),
        Err(_) => respond(StatusCode::NOT_FOUND, HTML, ""),
    }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("json"))
}
