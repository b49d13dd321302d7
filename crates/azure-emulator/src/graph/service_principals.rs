//! `/servicePrincipals`: the applications that a tenant knows, its own and those of others.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Map, Value, json};

use crate::{
    Emulator,
    graph::{
        self,
        access::{Caller, Right},
        directory::{Directory, Kind},
        graph_error::GraphError,
    },
    registrations::{ACS, ACS_CLIENTS, GRAPH},
};

pub(super) async fn list(
    Extension(emulator): Extension<Emulator>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let list = graph::list(&emulator, &headers, query.as_deref(), Kind::ServicePrincipal);
    graph::respond(&emulator, StatusCode::OK, list)
}

pub(super) async fn read(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let read = graph::read(&emulator, &headers, query.as_deref(), Kind::ServicePrincipal, &id);
    graph::respond(&emulator, StatusCode::OK, read)
}

pub(super) async fn create(Extension(emulator): Extension<Emulator>, headers: HeaderMap, bytes: Bytes) -> Response {
    graph::respond(&emulator, StatusCode::CREATED, created(&emulator, &headers, &bytes))
}

pub(super) async fn delete(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    graph::respond_empty(&emulator, graph::delete(&emulator, &headers, Kind::ServicePrincipal, &id))
}

fn created(emulator: &Emulator, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Applications)?;
    let given = graph::body(bytes)?;
    let app_id = match (given.get("appId").and_then(Value::as_str), given.len()) {
        (Some(app_id), 1) => app_id.to_owned(),
        _ => return Err(GraphError::BadRequest("Expected appId and no other property.".to_owned())),
    };
    let mut directory = emulator.directory();
    if directory.any(caller.tenant, Kind::ServicePrincipal, |object| object["appId"] == *app_id) {
        return Err(GraphError::Exists(format!(
            "The service principal cannot be created, updated, or restored because the service principal name \
             {app_id} is already in use."
        )));
    }
    let members = principal(&mut directory, &app_id).ok_or(GraphError::NoBackingApplication(app_id))?;
    Ok(directory.add(caller.tenant, Kind::ServicePrincipal, members, emulator.faults().graph_lag).into())
}

/// The members of the service principal of an application: one of Microsoft's, or a visible registration.
fn principal(directory: &mut Directory, app_id: &str) -> Option<Map<String, Value>> {
    if let Some(resource) = [&ACS, &ACS_CLIENTS, &GRAPH].into_iter().find(|resource| resource.app_id == app_id) {
        return Some(directory.service_principal_of(resource));
    }
    if !directory.sees_registration(app_id) {
        return None;
    }
    let application = directory.registration(app_id)?;
    let members = json!({
        "appId": app_id,
        "appDisplayName": application["displayName"],
        "displayName": application["displayName"],
        "servicePrincipalType": "Application",
        "accountEnabled": true,
        "appRoleAssignmentRequired": false,
        "oauth2PermissionScopes": application["api"]["oauth2PermissionScopes"],
    });
    members.as_object().cloned()
}
