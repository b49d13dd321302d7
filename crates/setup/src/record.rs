//! What `apply` created or added, so that `remove` removes nothing else. The file has no secret.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;

/// The record of one tenant.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The tenant of everything below.
    pub tenant: String,
    /// The page's registration.
    pub page: Option<Registration>,
    /// The API's registration.
    pub api: Option<Registration>,
    /// Entries in lists of registrations that existed before.
    pub entries: Vec<Entry>,
    /// Consent that was granted.
    pub grants: Vec<Grant>,
}

/// A registration.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The object id.
    pub id: String,
    /// The application id.
    pub app_id: String,
    /// Whether `apply` created it.
    pub created: bool,
}

/// An entry of a list.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The object id of the registration.
    pub application: String,
    /// The list, such as `spa.redirectUris`.
    pub list: String,
    /// The entry.
    pub value: Value,
}

/// Consent for all people of the tenant.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The id of the grant.
    pub id: String,
    /// The permissions that were added.
    pub scopes: Vec<String>,
    /// Whether `apply` created it.
    pub created: bool,
}

impl Record {
    /// Reads the record. Without a file, it is empty.
    ///
    /// # Errors
    /// [`Failure::File`] if it cannot be read, [`Failure::RecordOfAnotherTenant`] if it is of another tenant.
    pub fn read(path: &Path, tenant: &str) -> Result<Self, Failure> {
        let failed = |reason: String| Failure::File { path: path.display().to_string(), reason };
        let record: Self = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { tenant: tenant.to_owned(), ..Self::default() });
            }
            Err(error) => return Err(failed(error.to_string())),
        };
        if record.tenant == tenant {
            return Ok(record);
        }
        Err(Failure::RecordOfAnotherTenant(path.display().to_string()))
    }

    /// Writes the record: first a new file, then the name, so that an interruption leaves the old or the new one.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let failed = |reason: String| Failure::File { path: path.display().to_string(), reason };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        let new = path.with_extension("new");
        fs::write(&new, text + "\n").and_then(|()| fs::rename(&new, path)).map_err(|error| failed(error.to_string()))
    }
}
