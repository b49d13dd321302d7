//! Tests of the session: the exact effects of an event in a stage.

mod clocks;
mod coming_back;
mod consent;
mod guest;
mod limits;
mod profiles;
mod renewal;
mod sign_in;
mod window_flow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::secret::CallerToken;
use messages::{Hint, NoWindow, Notice, Opening, ProblemCode, RedactedText, Step, ViewState};
use serde_json::json;

use super::{Effect, Event, Now, Outcome, RequestKind, Session};
use crate::{
    http::{Failure, Response},
    pkce::Entropy,
};

const NOW: u64 = 1_795_248_000;
const PAGE: &str = "https://page.example/";
const TENANT: &str = "fab00000-0000-4000-8000-000000000001";

/// A configuration whose authority needs no discovery.
fn config_json() -> String {
    crate::config::tests::GOOD.replace("login.example", "login.microsoftonline.com")
}

const SIGNED_OUT: ViewState = ViewState::SignedOut { problem: None, notice: None };

fn entropy() -> Entropy {
    Entropy { verifier: [1; 32], state: [2; 32], nonce: [3; 32], retry_delays: [0; 32] }
}

fn state() -> String {
    URL_SAFE_NO_PAD.encode([2; 32])
}

fn transaction() -> String {
    transaction_of(&config_json())
}

/// [`config_json`] with one key changed.
fn config_with(key: &str, value: serde_json::Value) -> String {
    let mut json: serde_json::Value = serde_json::from_str(&config_json()).unwrap();
    json[key] = value;
    json.to_string()
}

/// The transaction that a page of this configuration stores.
fn transaction_of(config: &str) -> String {
    let drive = Drive::opened(Opening::default(), config).event(sign_in());
    match &drive.effects[..] {
        [Effect::Leave { transaction: Some(stored), .. }] => stored.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn sign_in() -> Event {
    Event::SignIn { profile: None, choose_account: false, entropy: entropy() }
}

fn response(status: u16, body: impl Into<String>) -> Result<Response, Failure> {
    Ok(Response::plain(status, body))
}

/// A session, and the effects of its last update.
#[derive(Debug)]
struct Drive {
    session: Session,
    effects: Vec<Effect>,
    now: u64,
}

impl Drive {
    fn open(fragment: Option<&str>, transaction: Option<String>) -> Self {
        let opening = Opening {
            response: fragment.map(|text| RedactedText::new(text.to_owned())),
            transaction: transaction.map(RedactedText::new),
            ..Opening::default()
        };
        Self::opened(opening, &config_json())
    }

    /// A page at its configured address.
    fn opened(opening: Opening, config: &str) -> Self {
        let (session, effects) = Session::begin(Opening { address: PAGE.to_owned(), ..opening }, entropy());
        assert!(matches!(effects[..], [Effect::Send(RequestKind::Config, _)]));
        Self { session, effects, now: NOW }.respond(RequestKind::Config, response(200, config))
    }

    /// A page that the authority redirected to with a code.
    fn returned() -> Self {
        Self::open(Some(&format!("code=c&state={}", state())), Some(transaction()))
    }

    fn event(self, event: Event) -> Self {
        let (session, effects) = self.session.update(event, self.now);
        Self { session, effects, now: self.now }
    }

    fn outcome(self, outcome: Outcome) -> Self {
        let attempt = self.session.attempt();
        self.event(Event::Done { attempt, outcome })
    }

    fn respond(self, kind: RequestKind, result: Result<Response, Failure>) -> Self {
        self.outcome(Outcome::Responded(kind, result))
    }

    fn checking(self) -> Self {
        self.respond(RequestKind::Keys, keys("k1")).respond(RequestKind::Tokens, tokens("k1"))
    }

    fn authorizing(self) -> Self {
        self.checking().outcome(Outcome::SignatureChecked(true))
    }

    fn exchanging(self) -> Self {
        self.authorizing().with_b()
    }

    fn with_b(self) -> Self {
        let scope = "api://e8c00000-0000-4000-8000-000000000020/access_as_user";
        let body = json!({"token_type": "Bearer", "access_token": "the-b", "scope": scope});
        self.respond(RequestKind::CallerToken, response(200, body.to_string()))
    }

    fn with_d(self) -> Self {
        let body = json!({"token": "the-d", "expiresOn": "2026-11-21T09:00:00Z"});
        self.respond(RequestKind::Exchange, response(200, body.to_string()))
    }

    fn signed_in(self) -> Self {
        self.exchanging().with_d()
    }

    /// A tick at this number of seconds after the sign-in.
    fn at(self, seconds: u64) -> Self {
        Self { now: NOW + seconds, ..self }.event(Event::Tick)
    }

    fn caller_token(self) -> Self {
        self.respond(RequestKind::CallerToken, response(200, r#"{"token_type":"Bearer","access_token":"b2"}"#))
    }

    /// The expiry of the shown token, in seconds after the sign-in, and the problem of its renewal.
    fn shown_token(&self) -> (u64, Option<ProblemCode>) {
        match self.session.view_state() {
            ViewState::SignedIn { expires_at, renewal_problem, .. } => {
                (expires_at - NOW, renewal_problem.map(|problem| problem.code))
            }
            other => panic!("{other:?}"),
        }
    }

    fn sent(&self) -> Vec<RequestKind> {
        self.effects.iter().filter_map(|e| if let Effect::Send(kind, _) = e { Some(*kind) } else { None }).collect()
    }

    fn body(&self) -> &str {
        match &self.effects[..] {
            [Effect::Send(_, request), ..] => request.body.as_ref().unwrap().expose(),
            _ => panic!("nothing is sent"),
        }
    }

    fn problem(&self) -> Option<ProblemCode> {
        match self.session.view_state() {
            ViewState::SignedOut { problem, .. } => problem.map(|p| p.code),
            ViewState::Stopped { problem } => Some(problem.code),
            _ => None,
        }
    }
}

fn keys(kid: &str) -> Result<Response, Failure> {
    let key = json!({"kty": "RSA", "use": "sig", "kid": kid, "e": "AQAB", "n": "a".repeat(342)});
    response(200, json!({"keys": [key]}).to_string())
}

fn tokens(kid: &str) -> Result<Response, Failure> {
    tokens_with(kid, &json!({}))
}

/// A token response whose ID token has these claims instead.
fn tokens_with(kid: &str, others: &serde_json::Value) -> Result<Response, Failure> {
    let mut claims = json!({
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "aud": "acc00000-0000-4000-8000-000000000010",
        "iat": NOW, "exp": NOW + 3600, "nonce": URL_SAFE_NO_PAD.encode([3; 32]), "sub": "s",
        "oid": "11111111-2222-3333-4444-555555555555", "tid": TENANT, "ver": "2.0",
        "preferred_username": "alice@fabrikam.example",
    });
    for (claim, value) in others.as_object().unwrap() {
        claims[claim] = value.clone();
    }
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let id_token = format!("{}.{}.c2ln", part(json!({"alg": "RS256", "kid": kid})), part(claims));
    let body = json!({
        "token_type": "Bearer", "access_token": "the-a1", "refresh_token": "the-rt", "id_token": id_token,
        "scope": "https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats",
    });
    response(200, body.to_string())
}
