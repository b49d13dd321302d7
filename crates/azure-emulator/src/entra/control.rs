//! For tests only, and nothing of Entra's: make the tokens wrong, and see what was asked of the token endpoint.

use axum::{
    Extension,
    body::Bytes,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Emulator, accounts::account, entra::control_page, fault::Tampering, parameters::Parameters, reply};

/// `GET /emulator/`
pub(super) async fn page(Extension(emulator): Extension<Emulator>) -> Response {
    reply::html(StatusCode::OK, control_page::control(&emulator))
}

/// `POST /emulator/fault`: replaces the tampering; an empty object ends it.
pub(super) async fn fault(Extension(emulator): Extension<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
    let asked: Result<Tampering, _> = match sender {
        Sender::Program => serde_json::from_slice(&body),
        Sender::Form => Tampering::from_form(&body),
    };
    match asked {
        Ok(tampering) => {
            emulator.tamper(tampering);
            sender.answer(&json!(tampering))
        }
        Err(error) => reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error.to_string() })),
    }
}

/// What `POST /emulator/consent` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentChange {
    account: String,
    given: bool,
}

/// `POST /emulator/consent`: somebody has consented to everything, or to nothing.
pub(super) async fn consent(Extension(emulator): Extension<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
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
            sender.answer(&json!({ "account": account.username, "given": given }))
        }
        None => {
            reply::json(StatusCode::BAD_REQUEST, &json!({ "error": "an account and given, true or false, are wanted" }))
        }
    }
}

/// `POST /emulator/keys`: signs with a new key from now on.
pub(super) async fn rotate(Extension(emulator): Extension<Emulator>, headers: HeaderMap) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
    emulator.rotate_signing_keys();
    sender.answer(&json!({}))
}

/// `POST /emulator/clock`: puts the clock forward, by seconds.
pub(super) async fn advance(Extension(emulator): Extension<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
    let seconds = match sender {
        Sender::Program => serde_json::from_slice(&body).ok().and_then(|asked: Value| asked["advance"].as_u64()),
        Sender::Form => Parameters::parse(&body).ok().and_then(|form| form.value("advance")?.parse().ok()),
    };
    // Four digits of a year are all that the dates have room for.
    match seconds.and_then(|seconds| u32::try_from(seconds).ok()) {
        Some(seconds) => {
            emulator.advance(seconds.into());
            sender.answer(&json!({ "now": emulator.now() }))
        }
        None => reply::json(StatusCode::BAD_REQUEST, &json!({ "error": "advance is no number of seconds" })),
    }
}

/// `POST /emulator/reset`: forgets everything that happened.
pub(super) async fn reset(Extension(emulator): Extension<Emulator>, headers: HeaderMap) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
    emulator.reset();
    sender.answer(&json!({}))
}

/// `GET /emulator/log`
pub(super) async fn log(Extension(emulator): Extension<Emulator>) -> Response {
    reply::json(
        StatusCode::OK,
        &json!({ "tokenRequests": emulator.token_requests(), "keyRequests": emulator.key_requests() }),
    )
}

/// Who asks for a change. A page of another origin is nobody.
#[derive(Clone, Copy)]
enum Sender {
    /// The form of the control page; the browser vouches for where it comes from.
    Form,
    /// A test. A page of another origin cannot send this type without a preflight, and no preflight is answered here.
    Program,
}

impl Sender {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let is = |name: &str, expected: &str| headers.get(name).is_some_and(|value| value == expected);
        if is(CONTENT_TYPE.as_str(), "application/json") {
            return Some(Self::Program);
        }
        is("sec-fetch-site", "same-origin").then_some(Self::Form)
    }

    fn answer(self, done: &Value) -> Response {
        match self {
            Self::Program => reply::json(StatusCode::OK, done),
            Self::Form => reply::redirect("/emulator/"),
        }
    }
}

fn not_deliberate() -> Response {
    reply::json(StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!({ "error": "application/json is wanted" }))
}
