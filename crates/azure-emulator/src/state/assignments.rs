//! The assignments of the ACS resource, which the exchange of an Entra ID user's token needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{accounts::account_by_object_id, acs::acs_error::AcsError, guid::is_guid};

/// All assignments, by object id in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assignments(BTreeMap<String, Assignment>);

/// The applications with which a person, the members of a group or all people of a tenant may exchange a token.
///
/// ```json
/// { "tenantId": "fab00000-…", "principalType": "user", "clientIds": ["acc00000-…"] }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assignment {
    tenant_id: String,
    principal_type: PrincipalType,
    client_ids: Vec<String>,
}

/// What the object id of an assignment identifies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PrincipalType {
    User,
    Group,
    Tenant,
}

impl Assignments {
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &Assignment)> {
        self.0.iter()
    }

    /// The assignment of this object id, in upper or lower case.
    pub(crate) fn get(&self, object_id: &str) -> Option<(&String, &Assignment)> {
        self.0.get_key_value(&object_id.to_ascii_lowercase())
    }

    /// Sets the assignment of an object id, and returns the one that it replaces.
    pub(crate) fn insert(&mut self, object_id: String, assignment: Assignment) -> Option<Assignment> {
        self.0.insert(object_id, assignment)
    }

    pub(crate) fn remove(&mut self, object_id: &str) {
        self.0.remove(&object_id.to_ascii_lowercase());
    }

    /// Whether this person may use this application, by their own assignment, that of a group or that of their tenant.
    pub(crate) fn allow(&self, tenant: &str, object_id: &str, client_id: &str) -> bool {
        let member = account_by_object_id(object_id).filter(|account| account.home.id == object_id);
        let groups = member.map_or(&[][..], |account| account.groups);
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

    /// Applies a merge patch (RFC 7396), all of it or none: members are merged, and `null` removes an assignment.
    ///
    /// # Errors
    /// [`AcsError::AssignmentIncomplete`] if an assignment lacks a member after the merge.
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
            let (id, assignment) = Assignment::parse(&object_id, whole)?;
            merged.0.insert(id, assignment);
        }
        Ok(merged)
    }
}

impl Assignment {
    /// Reads an assignment, and returns it with the object id in lower case.
    ///
    /// # Errors
    /// [`AcsError::AssignmentIncomplete`] if a member is missing, or an id is not a GUID.
    pub(crate) fn parse(object_id: &str, body: Value) -> Result<(String, Self), AcsError> {
        let assignment: Self = serde_json::from_value(body).map_err(|_| AcsError::AssignmentIncomplete)?;
        let guids =
            [object_id, &assignment.tenant_id].into_iter().chain(assignment.client_ids.iter().map(String::as_str));
        if !guids.into_iter().all(is_guid) || assignment.client_ids.is_empty() {
            return Err(AcsError::AssignmentIncomplete);
        }
        Ok((object_id.to_ascii_lowercase(), assignment))
    }

    /// The assignment as ACS returns it, with its object id.
    pub(crate) fn to_json(&self, object_id: &str) -> Value {
        let mut body = json!(self);
        body["objectId"] = object_id.into();
        body
    }
}
