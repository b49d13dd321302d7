//! For tests only, and nothing of Entra's: make the tokens wrong, and see what was asked of the token endpoint.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Emulator;
use crate::reply;

/// What the emulator does wrong until told otherwise. Further faults belong here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Tampering {
    /// What is wrong with every ID token.
    pub id_token: Option<IdTokenFault>,
    /// Whether any well-formed or missing code verifier is accepted.
    pub pkce_unchecked: bool,
}

/// One thing that is wrong with an ID token, all else being right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenFault {
    /// `alg: none`, and no signature.
    AlgNone,
    /// One bit of the signature is turned.
    BadSignature,
    /// Expired an hour ago.
    Expired,
    /// No `nonce`.
    MissingNonce,
    /// Meant for another client.
    WrongAudience,
    /// The issuer of another tenant than `tid` names.
    WrongIssuer,
    /// A `nonce` that nobody asked for.
    WrongNonce,
    /// Another tenant's, in `iss` and `tid` alike.
    WrongTenant,
}

/// A request that reached the token endpoint, without anything secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest {
    /// The HTTP method.
    pub method: String,
    /// The grant type, if it is one that Entra knows.
    pub grant_type: Option<&'static str>,
    /// Whether the request had an `Origin`.
    pub origin: bool,
}

/// How many token requests are remembered.
pub(crate) const LOG_LENGTH: usize = 1000;

/// `POST /emulator/fault`: replaces the tampering; an empty object ends it.
pub(super) async fn fault(State(emulator): State<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    // A page of another origin cannot send this type without a preflight, and no preflight is answered here.
    if headers.get(CONTENT_TYPE).is_none_or(|value| value != "application/json") {
        return reply::json(StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!({ "error": "application/json is wanted" }));
    }
    match serde_json::from_slice::<Tampering>(&body) {
        Ok(tampering) => {
            emulator.tamper(tampering);
            reply::json(StatusCode::OK, &json!(tampering))
        }
        Err(error) => reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error.to_string() })),
    }
}

/// `GET /emulator/log`
pub(super) async fn log(State(emulator): State<Emulator>) -> Response {
    reply::json(StatusCode::OK, &json!({ "tokenRequests": emulator.token_requests() }))
}
