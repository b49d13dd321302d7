//! The contract of Microsoft's single-page sample, and of our own service: `POST {url}`, B as the bearer token, A1 in
//! the body.

use messages::AcsToken;
use serde::{Deserialize, Serialize};

use crate::secret::EntraAccessToken;

/// The body of a request. It carries A1 and nothing else: A2 and A3 are the service's own knowledge, and a body that
/// brings them is refused.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExchangeRequest {
    /// Artifact A1.
    pub access_token: EntraAccessToken,
}

/// The body of an answer with status 200.
///
/// Members that are not named here are let through: Microsoft's own backends add some.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeAnswer {
    /// Artifact D.
    pub token: AcsToken,
    /// When D ends: RFC 3339, as ACS wrote it.
    pub expires_on: String,
}
