//! D: the access token of ACS.

use serde_json::{Value, json};

use crate::{Emulator, date::acs_timestamp};

/// The id of the emulated ACS resource, which is part of the identities that it creates.
pub(super) const RESOURCE_ID: &str = "ac500000-0000-4000-8000-000000000030";

/// A token that is valid until `expires_at`, in seconds since the Unix epoch, as ACS returns it:
///
/// ```json
/// { "token": "eyJ…", "expiresOn": "2026-11-21T09:00:00.0000000+00:00" }
/// ```
///
/// `identity_claims` are the claims with the identity and the scopes.
pub(super) fn issue(emulator: &Emulator, expires_at: u64, identity_claims: Value) -> Value {
    let now = emulator.acs_now();
    let mut claims = json!({
        "scp": 1792,
        "csi": now.to_string(),
        "exp": expires_at,
        "rgn": "emea",
        "resourceId": RESOURCE_ID,
        "resourceLocation": "europe",
        "iat": now,
    });
    if let (Value::Object(claims), Value::Object(identity_claims)) = (&mut claims, identity_claims) {
        claims.extend(identity_claims);
    }
    json!({ "token": emulator.acs_signing_key().sign(&claims), "expiresOn": acs_timestamp(expires_at) })
}
