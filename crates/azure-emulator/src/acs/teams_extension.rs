//! Teams Phone extensibility: the exchange of `/access/teamsExtension`, and the assignments that it needs.

use axum::{extract::Path, http::StatusCode, response::Response};

use serde_json::Value;

use crate::{
    acs::{
        acs_error::AcsError,
        call::{Call, no_content},
        direct,
        operation::Operation,
    },
    registrations::{ACS, TEAMS_EXTENSION},
    response,
    state::{Assignment, Principal},
};

/// `POST /access/teamsExtension/:exchangeAccessToken`
pub(super) async fn exchange(call: Call) -> Response {
    direct::exchange(call, Operation::ExchangeTeamsExtension, &ACS, |emulator, person| {
        if !person.has_scope(TEAMS_EXTENSION) {
            return Err(AcsError::TokenInvalid);
        }
        let principal = Principal::of(person.tenant.id, &person.object_id).ok_or(AcsError::NotAssigned)?;
        let state = emulator.state();
        let assignment = state.extension_assignments.get(&principal);
        if !assignment.is_some_and(|assignment| assignment.allows_extension(&person.app_id)) {
            return Err(AcsError::NotAssigned);
        }
        Ok("voip".to_owned())
    })
    .await
}

/// `GET /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`
pub(super) async fn get(Path((tenant, object)): Path<(String, String)>, call: Call) -> Response {
    call.authorized(Operation::ManageExtensionAssignments, |emulator, _| {
        let principal = Principal::of(&tenant, &object).ok_or(AcsError::NoSuchAssignment)?;
        let state = emulator.state();
        let assignment = state.extension_assignments.get(&principal).ok_or(AcsError::NoSuchAssignment)?;
        Ok(response::json(StatusCode::OK, &assignment.to_json(&principal.object_id)))
    })
}

/// `PUT /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`: 201 for a new one, 200 for a replaced one.
pub(super) async fn put(Path((tenant, object)): Path<(String, String)>, call: Call) -> Response {
    call.authorized(Operation::ManageExtensionAssignments, |emulator, body| {
        let body: Value = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
        let principal = Principal::of(&tenant, &object).ok_or(AcsError::AssignmentIncomplete)?;
        let assignment = Assignment::parse_extension(&principal, body)?;
        let response = assignment.to_json(&principal.object_id);
        let replaced = emulator.state().extension_assignments.insert(principal, assignment);
        Ok(response::json(if replaced.is_some() { StatusCode::OK } else { StatusCode::CREATED }, &response))
    })
}

/// `DELETE /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`: 204 whether the assignment exists or not.
pub(super) async fn delete(Path((tenant, object)): Path<(String, String)>, call: Call) -> Response {
    call.authorized(Operation::ManageExtensionAssignments, |emulator, _| {
        if let Some(principal) = Principal::of(&tenant, &object) {
            emulator.state().extension_assignments.remove(&principal);
        }
        Ok(no_content())
    })
}
