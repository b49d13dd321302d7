//! Teams Phone extensibility: the exchange of `/access/teamsExtension`, and the assignments that it needs.

use std::collections::BTreeMap;

use axum::{extract::Path, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    acs::{
        acs_error::AcsError,
        call::{Call, nothing},
        direct,
        operation::Operation,
    },
    guid::is_guid,
    registrations::{ACS, TEAMS_EXTENSION},
    reply,
};

/// The assignments of the resource, by tenant and object id.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExtensionAssignments(BTreeMap<(String, String), ExtensionAssignment>);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExtensionAssignment {
    principal_type: PrincipalType,
    client_ids: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PrincipalType {
    User,
    /// Taken and shown, but no account of the emulator is one.
    ResourceAccount,
}

/// `POST /access/teamsExtension/:exchangeAccessToken`
pub(super) async fn exchange(call: Call) -> Response {
    direct::exchange(call, Operation::ExchangeTeamsExtension, &ACS, |emulator, person| {
        if !person.has_scope(TEAMS_EXTENSION) {
            return Err(AcsError::TokenInvalid);
        }
        let key = (person.tenant.id.to_owned(), person.object_id.clone());
        let state = emulator.state();
        let assignment = state.extension_assignments.0.get(&key);
        let admitted = assignment.is_some_and(|assignment| {
            assignment.principal_type == PrincipalType::User
                && assignment.client_ids.iter().any(|known| known.eq_ignore_ascii_case(&person.app_id))
        });
        if admitted { Ok("voip".to_owned()) } else { Err(AcsError::NotAssigned) }
    })
    .await
}

/// `GET /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`
pub(super) async fn get(Path(ids): Path<(String, String)>, call: Call) -> Response {
    call.authorized(Operation::ManageExtensionAssignments, |emulator, _| {
        let key = key(ids).ok_or(AcsError::NoSuchAssignment)?;
        let state = emulator.state();
        let assignment = state.extension_assignments.0.get(&key).ok_or(AcsError::NoSuchAssignment)?;
        Ok(reply::json(StatusCode::OK, &described(&key, assignment)))
    })
}

/// `PUT` of the same: 201 for a new one.
pub(super) async fn put(Path(ids): Path<(String, String)>, call: Call) -> Response {
    call.authorized(Operation::ManageExtensionAssignments, |emulator, body| {
        let body: Value = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
        let assignment: ExtensionAssignment =
            serde_json::from_value(body).map_err(|_| AcsError::AssignmentIncomplete)?;
        let whole = !assignment.client_ids.is_empty() && assignment.client_ids.iter().all(|id| is_guid(id));
        let key = key(ids).filter(|_| whole).ok_or(AcsError::AssignmentIncomplete)?;
        let answer = described(&key, &assignment);
        let replaced = emulator.state().extension_assignments.0.insert(key, assignment);
        Ok(reply::json(if replaced.is_some() { StatusCode::OK } else { StatusCode::CREATED }, &answer))
    })
}

/// `DELETE` of the same, whether there is one or not.
pub(super) async fn delete(Path(ids): Path<(String, String)>, call: Call) -> Response {
    call.authorized(Operation::ManageExtensionAssignments, |emulator, _| {
        if let Some(key) = key(ids) {
            emulator.state().extension_assignments.0.remove(&key);
        }
        Ok(nothing())
    })
}

fn key((tenant, object): (String, String)) -> Option<(String, String)> {
    (is_guid(&tenant) && is_guid(&object)).then(|| (tenant.to_ascii_lowercase(), object.to_ascii_lowercase()))
}

fn described((tenant, object): &(String, String), assignment: &ExtensionAssignment) -> Value {
    let mut described = json!(assignment);
    described["tenantId"] = tenant.as_str().into();
    described["objectId"] = object.as_str().into();
    described
}
