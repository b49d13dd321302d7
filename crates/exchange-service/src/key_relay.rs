//! The issuer's keys once more, for pages whose authority answers its own without CORS: `GET /keys` and
//! `GET /keys/{tenant}`.
//!
//! A page verifies its ID token with them. So they are exactly those by which this service itself would believe a token.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use protocol::exchange::ExchangeProblemCode;
use serde_json::{Value, json};

use crate::{caller::KeysUnavailable, problem::Problem, router::Service};

/// Keys that no page of an allowed tenant can lack: short, so that a new key is soon everywhere.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Of all allowed tenants, for pages that do not know the person's tenant beforehand.
pub(crate) async fn all_keys(State(service): State<Arc<Service>>) -> Response {
    answer(service.validator.published_keys().await)
}

/// Of one allowed tenant.
pub(crate) async fn tenant_keys(
    State(service): State<Arc<Service>>,
    asked: Result<Path<String>, PathRejection>,
) -> Response {
    // Bytes that are no text are no tenant either.
    let published = match asked.ok().and_then(|Path(tenant)| tenant.parse().ok()) {
        Some(tenant) => service.validator.published_keys_of(&tenant).await,
        None => None,
    };
    match published {
        Some(published) => answer(published),
        None => Problem::from(ExchangeProblemCode::NotFound).into_response(),
    }
}

fn answer(published: Result<Vec<Value>, KeysUnavailable>) -> Response {
    match published {
        Ok(keys) => {
            let body = json!({ "keys": keys }).to_string();
            ([(CONTENT_TYPE, HeaderValue::from_static("application/json")), (CACHE_CONTROL, CACHED)], body)
                .into_response()
        }
        Err(unavailable) => Problem::from(unavailable).into_response(),
    }
}
