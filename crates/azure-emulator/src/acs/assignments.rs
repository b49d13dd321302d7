//! Who may exchange a token of their own: `/access/entra/assignments`, for whoever has the access key.

use std::collections::BTreeMap;

use axum::{
    extract::Path,
    http::{StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    accounts::owner_of,
    acs::{
        acs_error::AcsError,
        call::{Call, nothing},
        operation::Operation::ManageAssignments,
    },
    guid::is_guid,
    reply,
};

/// The assignments of the resource, by object id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assignments(BTreeMap<String, Assignment>);

/// That a person, a group or everyone of a tenant may come in with one of these applications.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    tenant_id: String,
    principal_type: PrincipalType,
    client_ids: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PrincipalType {
    User,
    /// The object id is the group's.
    Group,
    /// The object id is the tenant's.
    Tenant,
}

/// `GET /access/entra/assignments`
pub(super) async fn list(call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, _| {
        let value: Vec<Value> =
            emulator.state().assignments.0.iter().map(|(id, assignment)| described(id, assignment)).collect();
        Ok(reply::json(StatusCode::OK, &json!({ "value": value })))
    })
}

/// `PATCH /access/entra/assignments`: all of the patch or none of it.
pub(super) async fn patch(call: Call) -> Response {
    let is_merge_patch = call.header(CONTENT_TYPE.as_str()) == Some("application/merge-patch+json");
    call.authorized(ManageAssignments, |emulator, body| {
        if !is_merge_patch {
            return Err(AcsError::MediaTypeUnsupported);
        }
        let changes: Map<String, Value> = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
        let mut state = emulator.state();
        state.assignments = state.assignments.merged(changes)?;
        Ok(nothing())
    })
}

/// `GET /access/entra/assignments/{objectId}`
pub(super) async fn get(Path(object_id): Path<String>, call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, _| {
        let state = emulator.state();
        let (id, assignment) =
            state.assignments.0.get_key_value(&object_id.to_ascii_lowercase()).ok_or(AcsError::NoSuchAssignment)?;
        Ok(reply::json(StatusCode::OK, &described(id, assignment)))
    })
}

/// `PUT /access/entra/assignments/{objectId}`: 201 for a new one.
pub(super) async fn put(Path(object_id): Path<String>, call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, body| {
        let body = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
        let (id, assignment) = read(&object_id, body)?;
        let answer = described(&id, &assignment);
        let replaced = emulator.state().assignments.0.insert(id, assignment);
        Ok(reply::json(if replaced.is_some() { StatusCode::OK } else { StatusCode::CREATED }, &answer))
    })
}

/// `DELETE /access/entra/assignments/{objectId}`, whether there is one or not.
pub(super) async fn delete(Path(object_id): Path<String>, call: Call) -> Response {
    call.authorized(ManageAssignments, |emulator, _| {
        emulator.state().assignments.0.remove(&object_id.to_ascii_lowercase());
        Ok(nothing())
    })
}

impl Assignments {
    /// Whether this person may come in with this application, by an assignment of their own, of a group or of their
    /// tenant.
    pub(super) fn admit(&self, tenant: &str, object_id: &str, client_id: &str) -> bool {
        let groups =
            owner_of(object_id).filter(|account| account.home.id == object_id).map_or(&[][..], |who| who.groups);
        let groups = groups.iter().map(|group| (group.id, PrincipalType::Group));
        let principals = [(object_id, PrincipalType::User), (tenant, PrincipalType::Tenant)].into_iter().chain(groups);
        principals.into_iter().any(|(id, principal)| {
            self.0.get(id).is_some_and(|assignment| {
                assignment.principal_type == principal
                    && assignment.tenant_id.eq_ignore_ascii_case(tenant)
                    && assignment.client_ids.iter().any(|known| known.eq_ignore_ascii_case(client_id))
            })
        })
    }

    /// RFC 7396: members are merged, and `null` removes. What comes out must be whole again.
    pub(crate) fn merged(&self, changes: Map<String, Value>) -> Result<Self, AcsError> {
        let mut merged = self.clone();
        for (object_id, change) in changes {
            let known = object_id.to_ascii_lowercase();
            if change.is_null() {
                merged.0.remove(&known);
                continue;
            }
            let mut whole = self.0.get(&known).map_or_else(|| json!({}), |assignment| json!(assignment));
            if let (Value::Object(whole), Value::Object(change)) = (&mut whole, change) {
                whole.extend(change);
            }
            let (id, assignment) = read(&object_id, whole)?;
            merged.0.insert(id, assignment);
        }
        Ok(merged)
    }
}

fn read(object_id: &str, body: Value) -> Result<(String, Assignment), AcsError> {
    let assignment: Assignment = serde_json::from_value(body).map_err(|_| AcsError::AssignmentIncomplete)?;
    let guids = [object_id, &assignment.tenant_id].into_iter().chain(assignment.client_ids.iter().map(String::as_str));
    if !guids.into_iter().all(is_guid) || assignment.client_ids.is_empty() {
        return Err(AcsError::AssignmentIncomplete);
    }
    Ok((object_id.to_ascii_lowercase(), assignment))
}

fn described(object_id: &str, assignment: &Assignment) -> Value {
    let mut described = json!(assignment);
    described["objectId"] = object_id.into();
    described
}
