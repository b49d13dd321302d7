//! The issuer's keys once more, for pages whose authority answers its own without CORS: `GET /keys` and
//! `GET /keys/{tenant}`.
//!
//! A page verifies its ID token with them. So they are exactly those by which this service itself would believe a token.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State, rejection::PathRejection},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use protocol::exchange::ExchangeProblemCode;
use serde_json::{Value, json};

use crate::{
    caller::KeysUnavailable, exchange_routes::admit_address_for_others, problem_details::Problem,
    request_context::RequestContext, router::Service,
};

/// Keys that no page of an allowed tenant can lack: short, so that a new key is soon everywhere.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Of all allowed tenants, for pages that do not know the person's tenant beforehand.
pub(crate) async fn all_keys(
    State(service): State<Arc<Service>>,
    Extension(context): Extension<RequestContext>,
) -> Result<Response, Problem> {
    admit_address_for_others(&service, &context)?;
    answer(service.validator.published_keys().await)
}

/// Of one tenant, allowed or not: whose people may ask is nobody else's business (REV-10).
pub(crate) async fn tenant_keys(
    State(service): State<Arc<Service>>,
    Extension(context): Extension<RequestContext>,
    asked: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    admit_address_for_others(&service, &context)?;
    // Bytes that are no text are no tenant either.
    let tenant = asked.ok().and_then(|Path(tenant)| tenant.parse().ok()).ok_or(ExchangeProblemCode::NotFound)?;
    answer(service.validator.published_keys_of(&tenant).await)
}

fn answer(published: Result<Vec<Value>, KeysUnavailable>) -> Result<Response, Problem> {
    let body = json!({ "keys": published? }).to_string();
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json")), (CACHE_CONTROL, CACHED)], body).into_response())
}
