//! The key relay, for pages whose authority sends its keys without CORS headers: `GET /keys` and `GET /keys/{tenant}`.
//!
//! A page verifies its ID token with these keys. They are the same keys with which this service verifies tokens.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use contract::exchange::ExchangeProblemCode;
use serde_json::{Value, json};

#[cfg(test)]
use super::openapi::schemas::KeySet;
use super::{
    admission::admit_address_for_others, body, context::RequestContext, problem_details::Problem, state::AppState,
};
use crate::caller::KeysUnavailable;

/// How long clients can cache the keys: short, so that new keys arrive soon.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// The keys of all allowed tenants, for pages that do not know the person's tenant beforehand.
#[cfg_attr(test, utoipa::path(get, path = "/keys", tag = "keys", operation_id = "keys", responses(
    (status = 200, description = "A JSON Web Key Set (RFC 7517).", body = KeySet, headers(("Cache-Control" = String))),
)))]
pub(super) async fn all_keys(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
) -> Result<Response, Problem> {
    admit_address_for_others(&state, &context)?;
    response(state.validator.keys.published().await)
}

// REV-10
/// The keys for one tenant, configured or not: the response does not reveal which tenants are customers.
#[cfg_attr(test, utoipa::path(
    get, path = "/keys/{tenant}", tag = "keys", operation_id = "keysOfTenant",
    params(("tenant" = String, Path, format = "uuid", example = "fab00000-0000-4000-8000-000000000001")),
    responses(
        (status = 200, description = "A JSON Web Key Set (RFC 7517).", body = KeySet, headers(("Cache-Control" = String))),
    ),
))]
pub(super) async fn tenant_keys(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    tenant: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    admit_address_for_others(&state, &context)?;
    // A path that is not text is not a tenant id either.
    let tenant = tenant.ok().and_then(|Path(tenant)| tenant.parse().ok()).ok_or(ExchangeProblemCode::NotFound)?;
    response(state.validator.keys.published_of(&tenant).await)
}

fn response(published: Result<Vec<Value>, KeysUnavailable>) -> Result<Response, Problem> {
    let keys = body::json(StatusCode::OK, &json!({ "keys": published? }));
    Ok(([(CACHE_CONTROL, CACHED)], keys).into_response())
}
