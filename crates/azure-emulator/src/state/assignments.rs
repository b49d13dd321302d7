//! The assignments of the ACS resource, which the exchange of an Entra ID user's token needs, and those of Teams Phone
//! extensibility, which are separate.

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
    /// Accepted and returned, but no account of the emulator is a resource account.
    ResourceAccount,
}

/// The tenant id and the object id of an assignment of Teams Phone extensibility, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Principal {
    tenant_id: String,
    pub(crate) object_id: String,
}

impl Principal {
    /// `None` unless both are GUIDs.
    pub(crate) fn of(tenant_id: &str, object_id: &str) -> Option<Self> {
        let lower = str::to_ascii_lowercase;
        (is_guid(tenant_id) && is_guid(object_id))
            .then(|| Self { tenant_id: lower(tenant_id), object_id: lower(object_id) })
    }
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
                    && assignment.has_client(client_id)
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
        use PrincipalType::{Group, Tenant, User};
        let assignment = Self::read(object_id, body, &[User, Group, Tenant])?;
        Ok((object_id.to_ascii_lowercase(), assignment))
    }

    /// Reads an assignment of Teams Phone extensibility, whose body has no tenant id.
    ///
    /// # Errors
    /// The same as [`Assignment::parse`].
    pub(crate) fn parse_extension(
        Principal { tenant_id, object_id }: &Principal,
        mut body: Value,
    ) -> Result<Self, AcsError> {
        let members = body.as_object_mut().ok_or(AcsError::AssignmentIncomplete)?;
        members.insert("tenantId".to_owned(), tenant_id.as_str().into());
        Self::read(object_id, body, &[PrincipalType::User, PrincipalType::ResourceAccount])
    }

    fn read(object_id: &str, body: Value, allowed: &[PrincipalType]) -> Result<Self, AcsError> {
        let assignment: Self = serde_json::from_value(body).map_err(|_| AcsError::AssignmentIncomplete)?;
        let guids =
            [object_id, &assignment.tenant_id].into_iter().chain(assignment.client_ids.iter().map(String::as_str));
        if !guids.into_iter().all(is_guid)
            || assignment.client_ids.is_empty()
            || !allowed.contains(&assignment.principal_type)
        {
            return Err(AcsError::AssignmentIncomplete);
        }
        Ok(assignment)
    }

    /// Whether a person with this assignment of Teams Phone extensibility may use this application.
    pub(crate) fn allows_extension(&self, client_id: &str) -> bool {
        self.principal_type == PrincipalType::User && self.has_client(client_id)
    }

    fn has_client(&self, client_id: &str) -> bool {
        self.client_ids.iter().any(|known| known.eq_ignore_ascii_case(client_id))
    }

    /// The assignment as ACS returns it, with its object id.
    pub(crate) fn to_json(&self, object_id: &str) -> Value {
        let mut body = json!(self);
        body["objectId"] = object_id.into();
        body
    }
}
