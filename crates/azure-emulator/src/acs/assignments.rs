//! `/access/entra/assignments`: which people may exchange their own token. The caller authenticates as a trusted
//! backend.

use axum::{
    extract::Path,
    http::{StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde_json::{Map, Value, json};

use crate::{
    acs::{
        acs_error::AcsError,
        call::{Call, no_content},
        operation::Operation::ManageAssignments,
    },
    response,
    state::Assignment,
};

/// `GET /access/entra/assignments`
pub(super) async fn list(call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, _| {
        let value: Vec<Value> =
            emulator.state().assignments.all().map(|(id, assignment)| assignment.to_json(id)).collect();
        Ok(response::json(StatusCode::OK, &json!({ "value": value })))
    })
}

/// `PATCH /access/entra/assignments`: applies all of the patch or none of it.
pub(super) async fn patch(call: Call) -> Response {
    let is_merge_patch = call.header(CONTENT_TYPE.as_str()) == Some("application/merge-patch+json");
    call.authorized(ManageAssignments, |emulator, body| {
        if !is_merge_patch {
            return Err(AcsError::MediaTypeUnsupported);
        }
        let changes: Map<String, Value> = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
        let mut state = emulator.state();
        state.assignments = state.assignments.merged(changes)?;
        Ok(no_content())
    })
}

/// `GET /access/entra/assignments/{objectId}`
pub(super) async fn get(Path(object_id): Path<String>, call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, _| {
        let state = emulator.state();
        let (id, assignment) = state.assignments.get(&object_id).ok_or(AcsError::NoSuchAssignment)?;
        Ok(response::json(StatusCode::OK, &assignment.to_json(id)))
    })
}

/// `PUT /access/entra/assignments/{objectId}`: 201 for a new one, 200 for a replaced one.
pub(super) async fn put(Path(object_id): Path<String>, call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, body| {
        let body = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
        let (id, assignment) = Assignment::parse(&object_id, body)?;
        let response = assignment.to_json(&id);
        let replaced = emulator.state().assignments.insert(id, assignment);
        Ok(response::json(if replaced.is_some() { StatusCode::OK } else { StatusCode::CREATED }, &response))
    })
}

/// `DELETE /access/entra/assignments/{objectId}`: 204 whether the assignment exists or not.
pub(super) async fn delete(Path(object_id): Path<String>, call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, _| {
        emulator.state().assignments.remove(&object_id);
        Ok(no_content())
    })
}
