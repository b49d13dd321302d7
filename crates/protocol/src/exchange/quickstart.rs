//! The contract of Microsoft's single-page sample, and of our own service: `POST {url}`, B as the bearer token, A1 in
//! the body.

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
pub struct ExchangeAnswer {
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
pub struct IdentifiedAnswer {
    /// Artifact D.
    pub token: AcsToken,
    /// When D expires: RFC 3339, as ACS sent it.
    pub expires_on: String,
    /// The identity of D in the ACS resource: `8:acs:…`.
    pub identity: String,
}

impl IdentifiedAnswer {
    /// The token of this identity.
    pub fn new(ExchangeAnswer { token, expires_on }: ExchangeAnswer, identity: String) -> Self {
        Self { token, expires_on, identity }
    }
}

#[cfg(feature = "sign-in")]
pub(super) use client::{read, request};

/// The page's side.
#[cfg(feature = "sign-in")]
mod client {
    use messages::AcsToken;
    use serde::Deserialize;

    use super::ExchangeRequest;
    use crate::{
        config::Backend,
        exchange::exchanged::{Exchanged, communication_id},
        http::{Request, Response},
        json, rfc3339,
        secret::{CallerToken, EntraAccessToken},
    };

    pub(in crate::exchange) fn request(backend: &Backend, entra: EntraAccessToken, caller: CallerToken) -> Request {
        let body = json::write(&ExchangeRequest { access_token: entra });
        Request::post_json(backend.url.as_str().to_owned(), caller.expose(), body)
    }

    pub(in crate::exchange) fn read(response: &Response) -> Option<Exchanged> {
        if !matches!(response.status, 200 | 201) {
            return None;
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            token: AcsToken,
            expires_on: String,
            /// A text from our own service. Other backends use this name for other things.
            #[serde(default)]
            identity: serde_json::Value,
        }
        let Answer { token, expires_on, identity } = json::read(response.body.expose()).ok()?;
        let communication_id = identity.as_str().and_then(communication_id);
        Some(Exchanged { token, expires_at: rfc3339::parse(&expires_on)?, communication_id })
    }
}
