//! For tests only, and nothing of Entra's: make the tokens wrong, and see what was asked of the token endpoint.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Emulator;
use crate::entra::control_page;
use crate::outage::Outage;
use crate::parameters::Parameters;
use crate::reply;

/// What the emulator does wrong until told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Tampering {
    /// What is wrong with every ID token.
    pub id_token: Option<IdTokenFault>,
    /// Whether any well-formed or missing code verifier is accepted.
    pub pkce_unchecked: bool,
    /// Whether the signing keys are published without CORS, so that no page can read them.
    pub keys_without_cors: bool,
    /// What the token endpoint does instead of answering.
    pub token: Option<Outage>,
    /// What the two exchanges of ACS do instead of answering.
    pub exchange: Option<Outage>,
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

impl IdTokenFault {
    /// All of them, with what each is called.
    pub(crate) const ALL: [(Self, &'static str); 8] = [
        (Self::AlgNone, "No signature: alg is none"),
        (Self::BadSignature, "One bit of the signature is turned"),
        (Self::Expired, "Expired an hour ago"),
        (Self::MissingNonce, "No nonce"),
        (Self::WrongAudience, "Meant for another client"),
        (Self::WrongIssuer, "The issuer of another tenant than tid names"),
        (Self::WrongNonce, "A nonce that nobody asked for"),
        (Self::WrongTenant, "Another tenant's, in iss and tid alike"),
    ];
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

/// `GET /emulator/`
pub(super) async fn page(State(emulator): State<Emulator>) -> Response {
    let tampering = emulator.state().tampering;
    reply::html(StatusCode::OK, control_page::control(tampering))
}

/// `POST /emulator/fault`: replaces the tampering; an empty object ends it.
pub(super) async fn fault(State(emulator): State<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
    let asked: Result<Tampering, _> = match sender {
        Sender::Program => serde_json::from_slice(&body),
        Sender::Form => serde_json::from_value(filled_in(&body)),
    };
    match asked {
        Ok(tampering) => {
            emulator.tamper(tampering);
            sender.answer(&json!(tampering))
        }
        Err(error) => reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error.to_string() })),
    }
}

/// `POST /emulator/keys`: signs with a new key from now on.
pub(super) async fn rotate(State(emulator): State<Emulator>, headers: HeaderMap) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
    emulator.rotate_signing_keys();
    sender.answer(&json!({}))
}

/// `POST /emulator/clock`: puts the clock forward, by seconds.
pub(super) async fn advance(State(emulator): State<Emulator>, headers: HeaderMap, body: Bytes) -> Response {
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
pub(super) async fn reset(State(emulator): State<Emulator>, headers: HeaderMap) -> Response {
    let Some(sender) = Sender::of(&headers) else { return not_deliberate() };
    emulator.reset();
    sender.answer(&json!({}))
}

/// `GET /emulator/log`
pub(super) async fn log(State(emulator): State<Emulator>) -> Response {
    reply::json(StatusCode::OK, &json!({ "tokenRequests": emulator.token_requests() }))
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

/// The control page's form as the JSON that a program would send.
fn filled_in(body: &[u8]) -> Value {
    let form = Parameters::parse(body).unwrap_or_default();
    json!({
        "idToken": form.value("idToken"),
        "token": form.value("token"),
        "exchange": form.value("exchange"),
        "pkceUnchecked": form.value("pkceUnchecked") == Some("on"),
        "keysWithoutCors": form.value("keysWithoutCors") == Some("on"),
    })
}
