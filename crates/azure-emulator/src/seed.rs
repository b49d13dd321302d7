//! What the emulator knows from the start and after every reset, from one file.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::accounts::{Account, account};
use crate::acs::assignments::Assignments;
use crate::acs::identities::{Identities, Identity};
use crate::fault::Tampering;

/// A state to begin with. Without any, nobody has consented, nobody is assigned, and nothing is wrong.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    pub(crate) assignments: Assignments,
    pub(crate) consented: Vec<&'static Account>,
    pub(crate) fault: Tampering,
    pub(crate) identities: Identities,
    pub(crate) number: Option<u64>,
}

/// Why a file is no seed.
#[derive(Debug, PartialEq)]
pub enum SeedError {
    /// No account has this name.
    AccountUnknown(String),
    /// An assignment lacks something, or an id in it is no GUID.
    AssignmentIncomplete,
    /// It is not the expected JSON.
    Malformed(String),
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct File {
    assignments: Map<String, Value>,
    consented: Vec<String>,
    fault: Tampering,
    identities: BTreeSet<String>,
    number: Option<u64>,
}

impl Seed {
    /// Reads a seed from JSON.
    ///
    /// # Errors
    /// If it is not the expected JSON, names an unknown account, or has an assignment that is not whole.
    pub fn parse(json: &str) -> Result<Self, SeedError> {
        let file: File = serde_json::from_str(json).map_err(|error| SeedError::Malformed(error.to_string()))?;
        let assignments =
            Assignments::default().merged(file.assignments).map_err(|_| SeedError::AssignmentIncomplete)?;
        let identities = file.identities.into_iter().map(|id| (id, Identity::default())).collect();
        let known = |name: String| account(&name).ok_or(SeedError::AccountUnknown(name));
        let consented = file.consented.into_iter().map(known).collect::<Result<_, _>>()?;
        Ok(Self { assignments, consented, fault: file.fault, identities, number: file.number })
    }

    /// The same state, with identifiers that are the same in every run, and keys that everyone knows.
    #[must_use]
    pub fn numbered(self, number: u64) -> Self {
        Self { number: Some(number), ..self }
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountUnknown(name) => write!(f, "there is no account {name}"),
            Self::AssignmentIncomplete => {
                write!(f, "an assignment needs tenantId, principalType and clientIds, and all ids are GUIDs")
            }
            Self::Malformed(why) => write!(f, "{why}"),
        }
    }
}

impl std::error::Error for SeedError {}

#[cfg(test)]
mod tests {
    use super::{Seed, SeedError};

    #[test]
    fn the_seed_of_the_readme_is_one() {
        let (_, rest) = include_str!("../README.md").split_once("```json seed\n").unwrap();
        let seed = Seed::parse(rest.split_once("```").unwrap().0).unwrap();
        assert_eq!((seed.consented.len(), seed.identities.len()), (1, 1));
        assert!(seed.fault.exchange.is_some());
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let stranger = Seed::parse(r#"{ "consented": ["mallory@fabrikam.example"] }"#).unwrap_err();
        assert_eq!(stranger, SeedError::AccountUnknown("mallory@fabrikam.example".to_owned()));
        let incomplete = r#"{ "assignments": { "a11ce000-0000-4000-8000-000000000001": {} } }"#;
        assert_eq!(Seed::parse(incomplete).unwrap_err(), SeedError::AssignmentIncomplete);
        for malformed in ["", "3", r#"{ "colour": 1 }"#, r#"{ "fault": { "token": "tired" } }"#] {
            assert!(matches!(Seed::parse(malformed), Err(SeedError::Malformed(_))), "{malformed}");
        }
    }
}
