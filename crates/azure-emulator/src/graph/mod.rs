//! The part of Microsoft Graph v1.0 that sets applications up: registrations, service principals and consent.
//!
//! It is at Entra's listener, below `/v1.0`. What is written here takes effect in the emulated Entra at once:
//! [`registered`] turns the registrations into what the sign-in endpoints use.

pub(crate) mod access;
pub(crate) mod directory;

mod applications;
mod grants;
mod graph_error;
mod people;
mod query;
mod registered;
mod service_principals;

use axum::{
    Extension, Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use serde_json::{Map, Value};

use crate::{
    Emulator,
    graph::{
        access::{Caller, Right},
        directory::Kind,
        graph_error::GraphError,
        query::Query,
    },
    response,
};

/// The routes below `/v1.0`.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/v1.0/applications", get(applications::list).post(applications::create))
        .route(
            "/v1.0/applications/{id}",
            get(applications::read).patch(applications::update).delete(applications::delete),
        )
        .route("/v1.0/servicePrincipals", get(service_principals::list).post(service_principals::create))
        .route("/v1.0/servicePrincipals/{id}", get(service_principals::read).delete(service_principals::delete))
        .route("/v1.0/oauth2PermissionGrants", get(grants::list).post(grants::create))
        .route("/v1.0/oauth2PermissionGrants/{id}", get(grants::read).patch(grants::update).delete(grants::delete))
        .route("/v1.0/organization", get(people::organization))
        .route("/v1.0/me", get(people::me))
        .route("/v1.0/me/transitiveMemberOf", get(people::memberships))
        .route("/v1.0/{*rest}", get(unknown).post(unknown).patch(unknown).delete(unknown))
        .layer(from_fn(outage))
}

/// Responds with the outage that is set for Graph, and adds the `request-id` of every response.
async fn outage(Extension(emulator): Extension<Emulator>, request: Request, next: Next) -> Response {
    let failed = match emulator.faults().graph {
        Some(outage) => outage.respond(emulator.entra_now()).await,
        None => None,
    };
    let mut response = match failed {
        Some(response) => response,
        None => next.run(request).await,
    };
    if let Ok(id) = HeaderValue::try_from(emulator.random().guid("graph response")) {
        response.headers_mut().entry("request-id").or_insert(id);
    }
    response
}

async fn unknown(Extension(emulator): Extension<Emulator>, request: Request) -> Response {
    let segment = request.uri().path().trim_start_matches("/v1.0/").to_owned();
    GraphError::SegmentUnknown(segment).respond(&emulator)
}

/// `GET` of a collection: filtered, selected and in pages.
fn list(emulator: &Emulator, headers: &HeaderMap, query: Option<&str>, kind: Kind) -> Result<Value, GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Read)?;
    let query = Query::parse(query.unwrap_or_default(), kind.filters())?;
    let objects = emulator.directory().visible(caller.tenant, kind);
    Ok(query.page(emulator, kind.path(), objects))
}

/// `GET` of one object.
fn read(
    emulator: &Emulator,
    headers: &HeaderMap,
    query: Option<&str>,
    kind: Kind,
    id: &str,
) -> Result<Value, GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Read)?;
    let query = Query::parse(query.unwrap_or_default(), kind.filters())?;
    let object = emulator.directory().find(caller.tenant, kind, id)?;
    Ok(Value::Object(query.select(object)))
}

/// `DELETE` of one object.
fn delete(emulator: &Emulator, headers: &HeaderMap, kind: Kind, id: &str) -> Result<(), GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(kind.right())?;
    emulator.directory().delete(caller.tenant, kind, id)
}

/// A JSON object in a request's body.
fn body(bytes: &[u8]) -> Result<Map<String, Value>, GraphError> {
    serde_json::from_slice(bytes).map_err(|_| GraphError::BadRequest("Unable to read JSON request payload.".to_owned()))
}

/// The response to a read or a creation.
fn respond(emulator: &Emulator, status: StatusCode, result: Result<Value, GraphError>) -> Response {
    match result {
        Ok(value) => response::json(status, &value),
        Err(error) => error.respond(emulator),
    }
}

/// The response to an update or a deletion: 204 without a body.
fn respond_empty(emulator: &Emulator, result: Result<(), GraphError>) -> Response {
    match result {
        Ok(()) => response::empty(StatusCode::NO_CONTENT),
        Err(error) => error.respond(emulator),
    }
}
