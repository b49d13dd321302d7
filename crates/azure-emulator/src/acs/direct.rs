//! An exchange straight from a browser: a person's own token in, a token of ACS out, without a backend and without the
//! key.

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
    reply,
};

/// Exchanges a token for `resource`. `admit` says whether the person may, and for which scopes of ACS.
pub(super) async fn exchange(
    call: Call,
    operation: Operation,
    resource: &Resource,
    admit: impl FnOnce(&Emulator, &Person) -> Result<String, AcsError>,
) -> Response {
    let call = match call.or_outage().await {
        Ok(call) => call,
        Err(outage) => return open_to_all(outage),
    };
    open_to_all(call.with_bearer(operation, |emulator, token| {
        let person = Person::verify(emulator, token, resource).ok_or(AcsError::TokenInvalid)?;
        let scopes = admit(emulator, &person)?;
        Ok(reply::json(StatusCode::OK, &answer(emulator, &person, &scopes)))
    }))
}

/// `OPTIONS` before the above. `Authorization` is never covered by a wildcard, so what is asked for is named.
pub(super) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = open_to_all(reply::json(StatusCode::OK, &Value::Null));
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

/// The token lives as long as Entra's.
fn answer(emulator: &Emulator, person: &Person, scopes: &str) -> Value {
    let name = format!("acs:{RESOURCE_ID}_{}_{}", person.tenant.id, person.object_id);
    let particular = json!({ "skypeid": name, "acsScope": scopes });
    json!({
        "identity": { "id": format!("8:{name}") },
        "accessToken": acs_token::issue(emulator, person.expires_at, particular),
    })
}

fn open_to_all(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("MS-CV, Retry-After"));
    response
}
