//! `/oauth2PermissionGrants`: consent to delegated permissions, for one person or for all.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    Emulator,
    graph::{
        self,
        access::{Caller, Right},
        directory::Kind,
        graph_error::GraphError,
    },
};

/// The body of a creation.
///
/// ```json
/// { "clientId": "…", "consentType": "AllPrincipals", "resourceId": "…", "scope": "Teams.ManageCalls" }
/// ```
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Grant {
    client_id: String,
    consent_type: String,
    principal_id: Option<String>,
    resource_id: String,
    scope: String,
}

/// The body of an update: only the scope can change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    scope: String,
}

pub(super) async fn list(
    Extension(emulator): Extension<Emulator>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    graph::respond(&emulator, StatusCode::OK, graph::list(&emulator, &headers, query.as_deref(), Kind::Grant))
}

pub(super) async fn read(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    graph::respond(&emulator, StatusCode::OK, graph::read(&emulator, &headers, query.as_deref(), Kind::Grant, &id))
}

pub(super) async fn create(Extension(emulator): Extension<Emulator>, headers: HeaderMap, bytes: Bytes) -> Response {
    graph::respond(&emulator, StatusCode::CREATED, created(&emulator, &headers, &bytes))
}

pub(super) async fn update(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    graph::respond_empty(&emulator, updated(&emulator, &headers, &id, &bytes))
}

pub(super) async fn delete(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    graph::respond_empty(&emulator, graph::delete(&emulator, &headers, Kind::Grant, &id))
}

fn created(emulator: &Emulator, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Grants)?;
    let grant: Grant = parse(graph::body(bytes)?)?;
    if !matches!((&*grant.consent_type, &grant.principal_id), ("AllPrincipals", None) | ("Principal", Some(_))) {
        return Err(GraphError::BadRequest("consentType and principalId do not fit together.".to_owned()));
    }
    let mut directory = emulator.directory();
    for id in [&grant.client_id, &grant.resource_id] {
        if !directory.any(caller.tenant, Kind::ServicePrincipal, |object| object["id"] == **id) {
            return Err(GraphError::NotFound(id.clone()));
        }
    }
    let key = json!([grant.client_id, grant.resource_id, grant.consent_type, grant.principal_id]);
    let key_of = |object: &Map<String, Value>| {
        json!([object["clientId"], object["resourceId"], object["consentType"], object["principalId"]])
    };
    if directory.any(caller.tenant, Kind::Grant, |object| key_of(object) == key) {
        return Err(GraphError::Exists("Permission entry already exists.".to_owned()));
    }
    let members = json!(grant).as_object().cloned().unwrap_or_default();
    Ok(directory.add(caller.tenant, Kind::Grant, members, emulator.faults().graph_lag).into())
}

fn updated(emulator: &Emulator, headers: &HeaderMap, id: &str, bytes: &[u8]) -> Result<(), GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Grants)?;
    let Change { scope } = parse(graph::body(bytes)?)?;
    let mut directory = emulator.directory();
    let mut members = directory.find(caller.tenant, Kind::Grant, id)?;
    members.insert("scope".to_owned(), scope.into());
    directory.replace(caller.tenant, Kind::Grant, id, members)
}

fn parse<T: for<'de> Deserialize<'de>>(body: Map<String, Value>) -> Result<T, GraphError> {
    serde_json::from_value(body.into()).map_err(|error| GraphError::BadRequest(format!("Invalid property: {error}")))
}
