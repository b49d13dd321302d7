//! The seed: the state of the emulator at the start and after every reset, read from one JSON file.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    accounts::{Account, account},
    authority::Authority,
    directory::CONTOSO,
    fault::Faults,
    guid::is_guid,
    jwt::SigningKey,
    random::Random,
    registrations::{Application, Platform},
    state::{AcsIdentities, AcsIdentity, Assignments, Consents, State},
};

/// The state at the start. The default adds no applications, consents, assignments or faults.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    pub(crate) applications: Vec<&'static Application>,
    pub(crate) assignments: Assignments,
    pub(crate) consented: Vec<&'static Account>,
    pub(crate) empty: bool,
    pub(crate) fault: Faults,
    pub(crate) identities: AcsIdentities,
    pub(crate) number: Option<u64>,
}

/// Why a seed file is rejected.
#[derive(Debug, Error, PartialEq)]
pub enum SeedError {
    /// The client id of an application is not a GUID or is taken, its tenant is unknown, or a redirect URI is not an
    /// `http` or `https` address.
    #[error("the application {0} needs a GUID that no other has, a known tenant if any, and addresses to return to")]
    ApplicationUnfit(String),
    /// No account has this username.
    #[error("there is no account {0}")]
    AccountUnknown(String),
    /// An assignment lacks a member, or an id in it is not a GUID.
    #[error("an assignment needs tenantId, principalType and clientIds, and all ids are GUIDs")]
    AssignmentIncomplete,
    /// The file is not the expected JSON. The text is the parser's, with line and column.
    #[error("{0}")]
    Malformed(String),
}

/// The JSON of a seed file.
///
/// ```json
/// { "consented": ["dave@fabrikam.example"], "fault": { "exchange": "unavailable" }, "number": 7 }
/// ```
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct File {
    applications: Vec<Registration>,
    assignments: Map<String, Value>,
    consented: Vec<String>,
    /// Whether the tenants have neither applications nor service principals, except that of Graph.
    empty: bool,
    fault: Faults,
    identities: BTreeSet<String>,
    number: Option<u64>,
}

/// The JSON of an app registration in a seed file.
///
/// ```json
/// { "clientId": "0a990000-…", "name": "An app", "platform": "spa", "redirectUris": ["https://app.example/"] }
/// ```
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Registration {
    client_id: String,
    name: String,
    platform: Platform,
    #[serde(default)]
    redirect_uris: Vec<String>,
    secret: Option<String>,
    /// The only tenant whose accounts can sign in, by id or domain.
    tenant: Option<String>,
}

impl Registration {
    /// Checks the registration, and keeps it until the program ends, like the compiled-in registrations.
    ///
    /// # Errors
    /// [`SeedError::ApplicationUnfit`] if the client id, the tenant or a redirect URI is invalid.
    fn register(self) -> Result<&'static Application, SeedError> {
        let taken = Application::all().iter().any(|app| app.client_id.eq_ignore_ascii_case(&self.client_id));
        let is_address = |uri: &String| {
            (uri.starts_with("https://") || uri.starts_with("http://")) && uri.is_ascii() && !uri.contains(['#', ' '])
        };
        let single_tenant = match self.tenant.as_deref().map(Authority::parse) {
            None => Some(None),
            Some(Some(Authority::One(tenant))) => Some(Some(tenant)),
            Some(_) => None,
        };
        let fit = !taken && is_guid(&self.client_id) && self.redirect_uris.iter().all(is_address);
        let Some(single_tenant) = single_tenant.filter(|_| fit) else {
            return Err(SeedError::ApplicationUnfit(self.client_id));
        };
        let redirect_uris: Vec<&'static str> = self.redirect_uris.into_iter().map(|uri| &*uri.leak()).collect();
        Ok(Box::leak(Box::new(Application {
            client_id: self.client_id.leak(),
            display_name: self.name.leak(),
            single_tenant,
            owner: single_tenant.unwrap_or(&CONTOSO),
            platform: self.platform,
            redirect_uris: redirect_uris.leak(),
            secret: self.secret.map(|secret| &*secret.leak()),
        })))
    }
}

impl Seed {
    /// Reads a seed from the bytes of a file: JSON in UTF-8, with or without a byte order mark.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), and [`SeedError::Malformed`] if the file is not UTF-8.
    pub fn from_file(bytes: &[u8]) -> Result<Self, SeedError> {
        // UTF-16 without a byte order mark: JSON begins with an ASCII character, so one of the first two bytes is zero.
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) || bytes.iter().take(2).any(|b| *b == 0)
        {
            return Err(SeedError::Malformed("the file is saved as UTF-16; save it as UTF-8".to_owned()));
        }
        let text = str::from_utf8(bytes).map_err(|error| SeedError::Malformed(error.to_string()))?;
        Self::parse(text.trim_start_matches('\u{FEFF}'))
    }

    /// Reads a seed from JSON.
    ///
    /// # Errors
    /// Each [`SeedError`] says which part of the seed is invalid.
    pub fn parse(json: &str) -> Result<Self, SeedError> {
        let file: File = serde_json::from_str(json).map_err(|error| SeedError::Malformed(error.to_string()))?;
        let assignments =
            Assignments::default().merged(file.assignments).map_err(|_| SeedError::AssignmentIncomplete)?;
        let identities = file.identities.into_iter().map(|id| (id, AcsIdentity::default())).collect();
        let applications = file.applications.into_iter().map(Registration::register).collect::<Result<_, _>>()?;
        let known = |name: String| account(&name).ok_or(SeedError::AccountUnknown(name));
        let consented = file.consented.into_iter().map(known).collect::<Result<_, _>>()?;
        let File { empty, fault, number, .. } = file;
        Ok(Self { applications, assignments, consented, empty, fault, identities, number })
    }

    /// The state that an emulator with this seed begins with.
    pub(crate) fn state(&self, random: &Random, signing_keys: VecDeque<Arc<SigningKey>>) -> State {
        let mut state = State::new(random.clone(), signing_keys);
        state.consents = Consents::of(self.consented.clone());
        state.assignments = self.assignments.clone();
        state.identities = self.identities.clone();
        state
    }

    /// The same seed with tenants that have no applications, and no service principals except that of Graph.
    #[must_use]
    pub fn without_applications(self) -> Self {
        Self { empty: true, ..self }
    }

    /// The same seed with a number: identifiers are the same in every run, and tokens are signed with the keys of the
    /// source code.
    #[must_use]
    pub fn numbered(self, number: u64) -> Self {
        Self { number: Some(number), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::{Seed, SeedError};

    #[test]
    fn reads_the_seed_of_the_readme() {
        let (_, rest) = include_str!("../README.md").split_once("```json seed\n").unwrap();
        let seed = Seed::parse(rest.split_once("```").unwrap().0).unwrap();
        assert_eq!((seed.applications.len(), seed.consented.len(), seed.identities.len()), (1, 1, 1));
        assert!(seed.fault.exchange.is_some());
    }

    #[test]
    fn rep_03_reads_a_seed_saved_on_windows() {
        assert_eq!(Seed::from_file(b"\xEF\xBB\xBF{\"number\":1}").map(|seed| seed.number).unwrap(), Some(1));
        let utf16: Vec<u8> = "\u{FEFF}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [&utf16, &utf16[2..]] {
            assert_eq!(
                Seed::from_file(bytes).unwrap_err().to_string(),
                "the file is saved as UTF-16; save it as UTF-8"
            );
        }
        let comma = Seed::from_file(b"{\r\n  \"number\": 1,\r\n}").unwrap_err().to_string();
        assert!(comma.contains("line 3 column 1"), "{comma}");
    }

    #[test]
    fn rejects_an_invalid_seed_with_the_reason() {
        let stranger = Seed::parse(r#"{ "consented": ["mallory@fabrikam.example"] }"#).unwrap_err();
        assert_eq!(stranger, SeedError::AccountUnknown("mallory@fabrikam.example".to_owned()));
        for unfit in [
            r#"{ "clientId": "mine", "name": "Mine", "platform": "spa" }"#,
            r#"{ "clientId": "acc00000-0000-4000-8000-000000000010", "name": "Mine", "platform": "spa" }"#,
            r#"{ "clientId": "0a990000-0000-4000-8000-000000000001", "name": "Mine", "platform": "spa", "tenant": "common" }"#,
            r#"{ "clientId": "0a990000-0000-4000-8000-000000000001", "name": "Mine", "platform": "spa", "redirectUris": ["javascript:x"] }"#,
        ] {
            let refused = Seed::parse(&format!(r#"{{ "applications": [{unfit}] }}"#)).unwrap_err();
            assert!(matches!(refused, SeedError::ApplicationUnfit(_)), "{unfit}");
        }
        let incomplete = r#"{ "assignments": { "a11ce000-0000-4000-8000-000000000001": {} } }"#;
        assert_eq!(Seed::parse(incomplete).unwrap_err(), SeedError::AssignmentIncomplete);
        for malformed in ["", "3", r#"{ "color": 1 }"#, r#"{ "fault": { "token": "tired" } }"#] {
            assert!(matches!(Seed::parse(malformed), Err(SeedError::Malformed(_))), "{malformed}");
        }
    }
}
