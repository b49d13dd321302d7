//! ASP.NET with Microsoft.Identity.Web: B is fully validated, and refused without a body. A refusal of ACS is a 500
//! with members in Pascal case.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::Response,
    routing::get,
};
use serde_json::json;

use super::{
    Environment,
    caller::Caller,
    exchange::{Sdk, exchange},
    response,
};

pub(super) fn router() -> Router<Arc<Environment>> {
    Router::new().route("/api/token/teams", get(token)).fallback(async || empty(StatusCode::NOT_FOUND))
}

async fn token(State(surroundings): State<Arc<Environment>>, headers: HeaderMap) -> Response {
    let sample = surroundings.sample;
    let Ok(caller) = Caller::of(&headers, &surroundings)
        .map_err(drop)
        .and_then(|caller| if caller.is_for(sample.audience) { Ok(caller) } else { Err(()) })
    else {
        let mut response = empty(StatusCode::UNAUTHORIZED);
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        return response;
    };
    if !caller.has_scope(sample.scope) {
        return empty(StatusCode::FORBIDDEN);
    }
    let token = headers.get("teams-user-aad-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match exchange(&surroundings, Sdk::DotNet, token, surroundings.client_id, caller.object_id()).await {
        Ok(token) => response::json(StatusCode::CREATED, &token),
        Err(refusal) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            response::json(status, &json!({ "StatusCode": 500, "Message": refusal.message }))
        }
    }
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
