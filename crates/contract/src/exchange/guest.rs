//! The contract `guest`, for development only: `POST {url}` without B, for an ACS token of a new identity that belongs
//! to no person.

use messages::AcsToken;
use serde::{Deserialize, Serialize};

use super::quickstart::ExchangeResponse;

/// The body of a request: `{}`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GuestRequest {}

/// The body of a response with status 200. It marks itself as a guest's.
///
/// ```json
/// { "token": "D", "expiresOn": "2026-11-21T09:00:00Z", "guest": true, "identity": "8:acs:…" }
/// ```
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestResponse {
    /// Artifact D.
    pub token: AcsToken,
    /// When D expires: RFC 3339, as ACS sent it.
    pub expires_on: String,
    /// Always true.
    pub guest: bool,
    /// The new identity in the ACS resource: `8:acs:…`.
    pub identity: String,
}

impl GuestResponse {
    /// The token of this identity.
    pub fn new(ExchangeResponse { token, expires_on }: ExchangeResponse, identity: String) -> Self {
        Self { token, expires_on, guest: true, identity }
    }
}
