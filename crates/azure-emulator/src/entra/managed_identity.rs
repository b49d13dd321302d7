//! A managed identity as App Service gives one to a program: an address and a header, from which it gets tokens of its
//! own without any secret that could leak from its configuration.

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
    reply,
};

/// What the environment's `IDENTITY_HEADER` must say. On App Service it keeps forged requests from the inside out.
const IDENTITY_HEADER: &str = "azure-emulator";

/// The identity's own application.
const CLIENT_ID: &str = "1de00000-0000-4000-8000-000000000040";
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
            let mut response = reply::json(StatusCode::OK, &issued(&emulator, resource));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        None => refusal(StatusCode::BAD_REQUEST, "The resource is missing"),
    }
}

fn issued(emulator: &Emulator, resource: &str) -> Value {
    json!({
        "access_token": app_token(emulator, &CONTOSO, resource, (CLIENT_ID, OBJECT_ID), "2"),
        // A number in a string, as App Service writes it.
        "expires_on": (emulator.entra_now() + ACCESS_TOKEN_SECONDS).to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": CLIENT_ID,
    })
}

fn refusal(status: StatusCode, message: &str) -> Response {
    reply::json(status, &json!({ "statusCode": status.as_u16(), "message": message }))
}
