//! What the person may do, so that a missing right is named before anything is changed.

use serde::Serialize;
use serde_json::json;

use crate::{
    failure::Failure,
    graph::Graph,
    json::{list, text},
};

/// The signed-in person, and what they lack.
#[derive(Debug, Serialize)]
pub struct Rights {
    /// The user principal name.
    pub account: String,
    /// Each right that is missing. Empty if all are there.
    pub missing: Vec<String>,
}

/// The template ids of the roles of which one is enough: they may register applications, create service principals and
/// grant delegated permissions for all people.
const ROLES: [&str; 3] = [
    "62e90394-69f5-4237-9190-012177145e10", // Global Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", // Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7", // Cloud Application Administrator
];

const ROLE_MISSING: &str =
    "the role Cloud Application Administrator, Application Administrator or Global Administrator";

/// An id that no object has.
const NO_OBJECT: &str = "00000000-0000-0000-0000-000000000000";

impl Rights {
    /// Reads person and roles, and changes nothing.
    ///
    /// # Errors
    /// Those of a request.
    pub async fn read(graph: &Graph) -> Result<Self, Failure> {
        let mut missing = Vec::new();
        let account = match graph.get("me?$select=id,userPrincipalName").await {
            Ok(me) => text(&me["userPrincipalName"]).to_owned(),
            Err(failure) if failure.has_status(403) => {
                missing.push("the permission User.Read in the token".to_owned());
                "the signed-in account".to_owned()
            }
            Err(failure) => return Err(failure),
        };
        match graph.list("me/transitiveMemberOf?$select=id,displayName,roleTemplateId").await {
            Ok(memberships) => {
                if !memberships.iter().any(|object| ROLES.contains(&text(&object["roleTemplateId"]))) {
                    missing.push(ROLE_MISSING.to_owned());
                }
            }
            Err(failure) if failure.has_status(403) => {
                missing.push("the permission Directory.Read.All in the token".to_owned());
            }
            Err(failure) => return Err(failure),
        }
        match graph.list("applications?$top=1&$select=id").await {
            Err(failure) if failure.has_status(403) => {
                missing.push("the permission Application.ReadWrite.All in the token".to_owned());
            }
            other => drop(list(&json!(other?))),
        }
        Ok(Self { account, missing })
    }

    /// Checks that nothing is missing.
    ///
    /// # Errors
    /// [`Failure::Rights`].
    pub fn require(&self) -> Result<(), Failure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(Failure::Rights { account: self.account.clone(), missing: self.missing.clone() })
    }
}

/// Checks that nothing is missing and that the token may write, by changes of an object that does not exist: Graph
/// refuses them for the right (403) before it looks for the object (404).
///
/// # Errors
/// [`Failure::Rights`] with each missing right, and those of a request.
pub(crate) async fn require_write(graph: &Graph, rights: &Rights) -> Result<(), Failure> {
    rights.require()?;
    let mut missing = Vec::new();
    for (path, body, permission) in [
        ("applications", json!({}), "Application.ReadWrite.All"),
        ("oauth2PermissionGrants", json!({ "scope": "" }), "DelegatedPermissionGrant.ReadWrite.All"),
    ] {
        match graph.update(&format!("{path}/{NO_OBJECT}"), &body).await {
            Err(failure) if failure.has_status(403) => {
                missing.push(format!("the permission {permission} in the token"));
            }
            Err(failure) if failure.has_status(400) || failure.has_status(404) => {}
            Err(failure) => return Err(failure),
            Ok(()) => {}
        }
    }
    Rights { account: rights.account.clone(), missing }.require()
}
