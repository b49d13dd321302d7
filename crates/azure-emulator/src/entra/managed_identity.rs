//! The managed identity endpoint of App Service: a program gets tokens without a secret in its configuration.

use axum::{
    Extension,
    extract::RawQuery,
    http::{HeaderMap, HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    Emulator,
    directory::CONTOSO,
    entra::claims::{ACCESS_TOKEN_SECONDS, app_token},
    parameters::Parameters,
    response,
};

/// The value of the environment variable `IDENTITY_HEADER`, which every request must send. On App Service it protects
/// against server-side request forgery.
const IDENTITY_HEADER: &str = "azure-emulator";

/// The client id of the managed identity.
const CLIENT_ID: &str = "1de00000-0000-4000-8000-000000000040";
/// The object id of its service principal.
const OBJECT_ID: &str = "1de00000-0000-4000-8000-000000000041";

/// `GET /msi/token?api-version=2019-08-01&resource=…`
pub(super) async fn token(
    Extension(emulator): Extension<Emulator>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    if headers.get("x-identity-header").is_none_or(|value| value != IDENTITY_HEADER) {
        return refusal(StatusCode::UNAUTHORIZED, "X-IDENTITY-HEADER is missing or wrong");
    }
    if parameters.value("api-version") != Some("2019-08-01") {
        return refusal(StatusCode::BAD_REQUEST, "The api-version is not 2019-08-01");
    }
    match parameters.value("resource") {
        Some(resource) => {
            let mut response = response::json(StatusCode::OK, &issued(&emulator, resource));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        None => refusal(StatusCode::BAD_REQUEST, "The resource is missing"),
    }
}

fn issued(emulator: &Emulator, resource: &str) -> Value {
    json!({
        "access_token": app_token(emulator, &CONTOSO, resource, (CLIENT_ID, OBJECT_ID), "2"),
        // App Service writes this number as a string.
        "expires_on": (emulator.entra_now() + ACCESS_TOKEN_SECONDS).to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": CLIENT_ID,
    })
}

fn refusal(status: StatusCode, message: &str) -> Response {
    response::json(status, &json!({ "statusCode": status.as_u16(), "message": message }))
}
