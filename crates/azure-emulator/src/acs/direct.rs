//! Exchanges without a backend: a browser sends a person's own token, and gets a token of ACS.

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
        },
    },
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    Emulator,
    acs::{
        acs_error::AcsError,
        acs_token::{self, RESOURCE_ID},
        call::Call,
        entra_token::Person,
        operation::Operation,
    },
    registrations::Resource,
    response,
};

/// Exchanges a token for `resource`. `admit` checks the person, and returns the scopes of the ACS token.
pub(super) async fn exchange(
    call: Call,
    operation: Operation,
    resource: &Resource,
    admit: impl FnOnce(&Emulator, &Person) -> Result<String, AcsError>,
) -> Response {
    let call = match call.or_outage().await {
        Ok(call) => call,
        Err(outage) => return allow_every_origin(outage),
    };
    allow_every_origin(call.with_bearer(operation, |emulator, token| {
        let person = Person::verify(emulator, token, resource).ok_or(AcsError::TokenInvalid)?;
        let scopes = admit(emulator, &person)?;
        Ok(response::json(StatusCode::OK, &response_body(emulator, &person, &scopes)))
    }))
}

/// Answers the preflight of an exchange. It repeats the requested headers, because a wildcard does not cover
/// `Authorization` (Fetch standard).
pub(super) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = allow_every_origin(response::json(StatusCode::OK, &Value::Null));
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    if let Some(requested) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
    }
    response
}

/// The response with a token that expires when Entra's token does:
///
/// ```json
/// { "identity": { "id": "8:acs:…" }, "accessToken": { "token": "eyJ…", "expiresOn": "…" } }
/// ```
fn response_body(emulator: &Emulator, person: &Person, scopes: &str) -> Value {
    let name = format!("acs:{RESOURCE_ID}_{}_{}", person.tenant.id, person.object_id);
    let identity_claims = json!({ "skypeid": name, "acsScope": scopes });
    json!({
        "identity": { "id": format!("8:{name}") },
        "accessToken": acs_token::issue(emulator, person.expires_at, identity_claims),
    })
}

/// Lets pages of every origin read the response.
fn allow_every_origin(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("MS-CV, Retry-After"));
    response
}
