//! The control interface at `/emulator/`, which Entra does not have: tests set faults and read the log here.

use axum::{
    Extension,
    body::Bytes,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Emulator, accounts::account, entra::control_page, fault::Faults, parameters::Parameters, response};

/// `GET /emulator/`: the page with forms for everything below.
pub(super) async fn page(Extension(emulator): Extension<Emulator>) -> Response {
    response::html(StatusCode::OK, control_page::control(&emulator))
}

/// `POST /emulator/fault`: replaces the faults of all requests; `{}` ends them.
///
/// ```json
/// { "idToken": "expired", "token": "slow", "entraClock": -600 }
/// ```
pub(super) async fn fault(Extension(emulator): Extension<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(sender) = Sender::of(&headers) else { return unsupported_sender() };
    let faults: Result<Faults, _> = match sender {
        Sender::Program => serde_json::from_slice(&body),
        Sender::Form => Faults::from_form(&body),
    };
    match faults {
        Ok(faults) => {
            emulator.set_faults(faults);
            sender.respond(&json!(faults))
        }
        Err(error) => response::json(StatusCode::BAD_REQUEST, &json!({ "error": error.to_string() })),
    }
}

/// The body of `POST /emulator/consent`.
///
/// ```json
/// { "account": "alice@fabrikam.example", "given": false }
/// ```
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentChange {
    account: String,
    given: bool,
}

/// `POST /emulator/consent`: gives an account's consent to everything, or withdraws all of its consent.
pub(super) async fn consent(Extension(emulator): Extension<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(sender) = Sender::of(&headers) else { return unsupported_sender() };
    let change: Option<ConsentChange> = match sender {
        Sender::Program => serde_json::from_slice(&body).ok(),
        Sender::Form => Parameters::parse(&body).ok().and_then(|form| {
            let account = form.value("account")?.to_owned();
            Some(ConsentChange { account, given: form.value("given")? == "true" })
        }),
    };
    match change.and_then(|change| Some((account(&change.account)?, change.given))) {
        Some((account, given)) => {
            emulator.state().consents.set(account, given);
            sender.respond(&json!({ "account": account.username, "given": given }))
        }
        None => response::json(
            StatusCode::BAD_REQUEST,
            &json!({ "error": "expected an account, and given as true or false" }),
        ),
    }
}

/// `POST /emulator/keys` with `{}`: signs with a new key from now on.
pub(super) async fn rotate(Extension(emulator): Extension<Emulator>, headers: HeaderMap) -> Response {
    let Some(sender) = Sender::of(&headers) else { return unsupported_sender() };
    emulator.rotate_signing_keys();
    sender.respond(&json!({}))
}

/// `POST /emulator/clock`: advances the clock of both services by a number of seconds.
///
/// ```json
/// { "advance": 3600 }
/// ```
///
/// The response has the new time in seconds since the Unix epoch:
///
/// ```json
/// { "now": 1795251600 }
/// ```
pub(super) async fn advance(Extension(emulator): Extension<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(sender) = Sender::of(&headers) else { return unsupported_sender() };
    let seconds = match sender {
        Sender::Program => serde_json::from_slice(&body).ok().and_then(|body: Value| body["advance"].as_u64()),
        Sender::Form => Parameters::parse(&body).ok().and_then(|form| form.value("advance")?.parse().ok()),
    };
    // A limit below the year 9999, the last one that the date formats can write.
    match seconds.and_then(|seconds| u32::try_from(seconds).ok()) {
        Some(seconds) => {
            emulator.advance(seconds.into());
            sender.respond(&json!({ "now": emulator.now() }))
        }
        None => response::json(StatusCode::BAD_REQUEST, &json!({ "error": "expected advance as a number of seconds" })),
    }
}

/// The body of `POST /emulator/graph-token`.
///
/// ```json
/// { "account": "erin@fabrikam.example", "scopes": "Directory.AccessAsUser.All" }
/// ```
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GraphTokenRequest {
    account: String,
    scopes: String,
}

/// `POST /emulator/graph-token`: issues a token for Microsoft Graph, as the Azure CLI gets one.
///
/// ```json
/// { "accessToken": "eyJ…" }
/// ```
pub(super) async fn graph_token(Extension(emulator): Extension<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(Sender::Program) = Sender::of(&headers) else { return unsupported_sender() };
    let request: Option<GraphTokenRequest> = serde_json::from_slice(&body).ok();
    match request.and_then(|request| Some((account(&request.account)?, request.scopes))) {
        Some((account, scopes)) => {
            response::json(StatusCode::OK, &json!({ "accessToken": emulator.graph_token(account, &scopes) }))
        }
        None => response::json(StatusCode::BAD_REQUEST, &json!({ "error": "expected an account, and scopes" })),
    }
}

/// `POST /emulator/reset` with `{}`: goes back to the state of the seed.
pub(super) async fn reset(Extension(emulator): Extension<Emulator>, headers: HeaderMap) -> Response {
    let Some(sender) = Sender::of(&headers) else { return unsupported_sender() };
    emulator.reset();
    sender.respond(&json!({}))
}

/// `GET /emulator/log`: the token requests, and the number of requests for the signing keys.
///
/// ```json
/// { "tokenRequests": [{ "method": "POST", "grantType": "refresh_token", "origin": true }], "keyRequests": 1 }
/// ```
pub(super) async fn log(Extension(emulator): Extension<Emulator>) -> Response {
    response::json(
        StatusCode::OK,
        &json!({ "tokenRequests": emulator.token_requests(), "keyRequests": emulator.key_requests() }),
    )
}

/// The sender of a change. Pages of other origins are rejected.
#[derive(Clone, Copy)]
enum Sender {
    /// A form of the control page, by the browser's `Sec-Fetch-Site: same-origin`.
    Form,
    /// A program, by `Content-Type: application/json`. A page of another origin cannot send that without a preflight,
    /// and preflights get no permission.
    Program,
}

impl Sender {
    /// `None` for a page of another origin.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let is = |name: &str, expected: &str| headers.get(name).is_some_and(|value| value == expected);
        if is(CONTENT_TYPE.as_str(), "application/json") {
            return Some(Self::Program);
        }
        is("sec-fetch-site", "same-origin").then_some(Self::Form)
    }

    /// A program gets JSON, and a form goes back to the control page.
    fn respond(self, done: &Value) -> Response {
        match self {
            Self::Program => response::json(StatusCode::OK, done),
            Self::Form => response::redirect("/emulator/"),
        }
    }
}

fn unsupported_sender() -> Response {
    response::json(StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!({ "error": "expected application/json" }))
}
