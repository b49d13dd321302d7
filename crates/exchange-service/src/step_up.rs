//! What a caller is told who has to sign in again in a stronger way: a claims challenge, as Entra's clients know it
//! (RFC 6750 section 3 with Entra's `insufficient_claims`).

use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

/// The header `WWW-Authenticate` for this authentication context.
pub(crate) fn challenge(context: &str) -> HeaderValue {
    let claims = json!({ "access_token": { "acrs": { "essential": true, "value": context } } }).to_string();
    let challenge = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", STANDARD.encode(claims));
    HeaderValue::from_str(&challenge).expect("base64 is header text")
}
