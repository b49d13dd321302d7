//! The ACS identities of people whom the caller's own system knows, such as guests of a call.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::date::acs_timestamp;

/// All identities, by id: `8:acs:…`.
pub(crate) type AcsIdentities = BTreeMap<String, AcsIdentity>;

/// What ACS stores about an identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct AcsIdentity {
    /// The id of the person in the caller's own system. It is unique among the identities.
    pub(crate) custom_id: Option<String>,
    /// When the last token was issued, in seconds since the Unix epoch.
    pub(crate) last_token_issued_at: Option<u64>,
}

impl AcsIdentity {
    /// The identity as the preview version returns it.
    pub(crate) fn to_json(&self, id: &str) -> Value {
        let mut body = json!({ "id": id });
        if let Some(custom_id) = &self.custom_id {
            body["customId"] = custom_id.as_str().into();
        }
        if let Some(at) = self.last_token_issued_at {
            body["lastTokenIssuedAt"] = acs_timestamp(at).into();
        }
        body
    }
}
