//! The contract of Microsoft's single-page sample, and of our own service: `POST {url}`, B as the bearer token, A1 in
//! the body.
//!
//! Before it, our page sends `GET {url}` with `Content-Type: application/json` and without a token: the warm-up, to which
//! our service responds with 204. It opens the connection, and the browser keeps the answer to its preflight, which names
//! all headers of the `POST`. What another backend responds does not matter.

use messages::AcsToken;
use serde::{Deserialize, Serialize};

use crate::secret::EntraAccessToken;

/// The body of a request. It has A1 and nothing else: the service knows A2 and A3 itself, and refuses a body with them.
///
/// ```json
/// { "accessToken": "A1" }
/// ```
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExchangeRequest {
    /// Artifact A1.
    pub access_token: EntraAccessToken,
}

/// The body of a response with status 200. Other members are ignored, because Microsoft's backends add some.
///
/// ```json
/// { "token": "D", "expiresOn": "2026-11-21T09:00:00Z" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeResponse {
    /// Artifact D.
    pub token: AcsToken,
    /// When D expires: RFC 3339, as ACS sent it.
    pub expires_on: String,
}

/// The body of a response for an Entra ID user.
///
/// ```json
/// { "token": "D", "expiresOn": "2026-11-21T09:00:00Z", "identity": "8:acs:…" }
/// ```
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntraIdUserResponse {
    /// Artifact D.
    pub token: AcsToken,
    /// When D expires: RFC 3339, as ACS sent it.
    pub expires_on: String,
    /// The identity of D in the ACS resource: `8:acs:…`.
    pub identity: String,
}

impl EntraIdUserResponse {
    /// The token of this identity.
    pub fn new(ExchangeResponse { token, expires_on }: ExchangeResponse, identity: String) -> Self {
        Self { token, expires_on, identity }
    }
}
