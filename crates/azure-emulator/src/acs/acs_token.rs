//! D, the access token of ACS, and the answer that carries it.

use serde_json::{Value, json};

use crate::{Emulator, date::acs_timestamp};

/// The emulated ACS resource, which is part of the identities that it makes.
pub(super) const RESOURCE_ID: &str = "ac500000-0000-4000-8000-000000000030";

/// A token until `expires_at`. `particular` has the claims that tell whose it is and what it is good for.
pub(super) fn issue(emulator: &Emulator, expires_at: u64, particular: Value) -> Value {
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
    if let (Value::Object(claims), Value::Object(particular)) = (&mut claims, particular) {
        claims.extend(particular);
    }
    json!({ "token": emulator.acs_signing_key().sign(&claims), "expiresOn": acs_timestamp(expires_at) })
}
