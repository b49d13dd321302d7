//! The assignments that Teams Phone extensibility needs, which are separate from those of Entra ID users.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{acs::acs_error::AcsError, guid::is_guid};

/// All assignments, by tenant id and object id in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExtensionAssignments(BTreeMap<Principal, ExtensionAssignment>);

/// The tenant id and the object id of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Principal {
    tenant_id: String,
    object_id: String,
}

/// The applications with which a principal may exchange a token.
///
/// ```json
/// { "principalType": "user", "clientIds": ["acc00000-…"] }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtensionAssignment {
    principal_type: PrincipalType,
    client_ids: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PrincipalType {
    User,
    /// Accepted and returned, but no account of the emulator is a resource account.
    ResourceAccount,
}

impl Principal {
    /// `None` unless both are GUIDs.
    pub(crate) fn of(tenant_id: &str, object_id: &str) -> Option<Self> {
        let lower = str::to_ascii_lowercase;
        (is_guid(tenant_id) && is_guid(object_id))
            .then(|| Self { tenant_id: lower(tenant_id), object_id: lower(object_id) })
    }
}

impl ExtensionAssignments {
    pub(crate) fn get(&self, principal: &Principal) -> Option<&ExtensionAssignment> {
        self.0.get(principal)
    }

    /// Sets the assignment of a principal, and returns the one that it replaces.
    pub(crate) fn insert(
        &mut self,
        principal: Principal,
        assignment: ExtensionAssignment,
    ) -> Option<ExtensionAssignment> {
        self.0.insert(principal, assignment)
    }

    pub(crate) fn remove(&mut self, principal: &Principal) {
        self.0.remove(principal);
    }

    /// Whether this person may use this application.
    pub(crate) fn allow(&self, principal: &Principal, client_id: &str) -> bool {
        self.0.get(principal).is_some_and(|assignment| {
            assignment.principal_type == PrincipalType::User
                && assignment.client_ids.iter().any(|known| known.eq_ignore_ascii_case(client_id))
        })
    }
}

impl ExtensionAssignment {
    /// Reads an assignment.
    ///
    /// # Errors
    /// [`AcsError::AssignmentIncomplete`] if a member is missing, or an id is not a GUID.
    pub(crate) fn parse(body: Value) -> Result<Self, AcsError> {
        let assignment: Self = serde_json::from_value(body).map_err(|_| AcsError::AssignmentIncomplete)?;
        if assignment.client_ids.is_empty() || !assignment.client_ids.iter().all(|id| is_guid(id)) {
            return Err(AcsError::AssignmentIncomplete);
        }
        Ok(assignment)
    }

    /// The assignment as ACS returns it, with its ids.
    pub(crate) fn to_json(&self, principal: &Principal) -> Value {
        let mut body = json!(self);
        body["tenantId"] = principal.tenant_id.as_str().into();
        body["objectId"] = principal.object_id.as_str().into();
        body
    }
}
