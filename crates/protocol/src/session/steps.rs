//! One function for each step from one state to the next.

use std::mem;

use messages::{Opening, Private, Problem, ProblemCode};

use super::{
    App, Effect, Keys, Redeemed, Reply, Stage,
    renewal::Held,
    transaction::{NotPending, Pending},
};
use crate::{
    authorize::{self, Ask},
    callback::{self, CallbackError},
    config::{Config, Exchange},
    exchange::{self, Exchanged, Person},
    http::{Failure, Request, Response},
    id_token::{Expectations, IdTokenRefusal, Identity, UnverifiedIdToken},
    jwks::KeySet,
    pkce::{Entropy, Nonce},
    secret::{CallerToken, EntraAccessToken, RefreshToken, SecretText},
    token::{self, TokenError, Tokens},
};

type Step = (Stage, Vec<Effect>);
pub(super) type Answer = Result<Response, Failure>;

/// `config.json` is here.
pub(super) fn configured(opening: Opening, answer: Answer, now: u64) -> Step {
    let Ok(Response { status: 200, body, .. }) = answer else {
        return stopped(Problem::new(ProblemCode::ConfigUnreachable));
    };
    let config = match Config::parse(body.expose()) {
        Ok(config) => config,
        Err(error) => return stopped(Problem::new(ProblemCode::ConfigInvalid).detail(error.to_string())),
    };
    // Entra sends people to the registered address, where this tab's transaction might not be readable.
    if opening.address != config.redirect_uri.as_str() {
        return stopped(Problem::new(ProblemCode::WrongAddress).detail(config.redirect_uri.as_str()));
    }
    match config.authority.known_endpoints() {
        Some(endpoints) => open(Box::new(App { config, endpoints, next: Ask::default() }), &opening, now),
        None => {
            let discover = Effect::Send(Reply::Discovery, Request::get(config.authority.discovery_url()));
            (Stage::Discovering { config, opening }, vec![discover])
        }
    }
}

/// The discovery document is here.
pub(super) fn discovered(config: Config, opening: &Opening, answer: Answer, now: u64) -> Step {
    let Ok(Response { status: 200, body, .. }) = answer else {
        return stopped(Problem::new(ProblemCode::AuthorityUnreachable).detail(config.authority.discovery_url()));
    };
    match config.authority.discovered_endpoints(body.expose()) {
        Ok(endpoints) => open(Box::new(App { config, endpoints, next: Ask::default() }), opening, now),
        Err(error) => stopped(Problem::new(ProblemCode::AuthorityInvalid).detail(error.to_string())),
    }
}

/// Everything is known: either somebody comes back from Entra, or nobody is signed in.
fn open(app: Box<App>, opening: &Opening, now: u64) -> Step {
    let Some(answer) = opening.answer.as_ref().map(Private::expose).filter(|fragment| callback::is_answer(fragment))
    else {
        return (Stage::SignedOut { app, problem: None }, vec![]);
    };
    let pending = match opening.transaction.as_ref().map(|text| Pending::from_stored(text.expose(), &app.config, now)) {
        Some(Ok(pending)) => pending,
        Some(Err(NotPending::Expired)) => return signed_out(app, Problem::new(ProblemCode::AnswerExpired)),
        // Login CSRF: an answer that this tab did not ask for (RFC 9700 §4.7).
        None | Some(Err(NotPending::Foreign)) => return signed_out(app, Problem::new(ProblemCode::AnswerUnsolicited)),
    };
    let Pending { verifier, state, nonce } = pending;
    let code = match callback::check(answer, state, &app.endpoints) {
        Ok(code) => code,
        Err(CallbackError::Malformed) => return signed_out(app, Problem::new(ProblemCode::AnswerMalformed)),
        Err(CallbackError::WrongIssuer) => return signed_out(app, Problem::new(ProblemCode::AnswerWrongIssuer)),
        Err(CallbackError::WrongState) => return signed_out(app, Problem::new(ProblemCode::AnswerWrongState)),
        Err(CallbackError::Refused(error)) => return signed_out(app, error.problem()),
    };
    let redeem =
        token::code_request(&app.config, &app.endpoints, code, verifier, &authorize::first_scopes(&app.config));
    let effects = vec![Effect::Send(Reply::Tokens, redeem), ask_for_keys(&app)];
    (Stage::Redeeming { app, nonce, keys: Keys::Awaited }, effects)
}

/// The person goes to Entra.
pub(super) fn leave(mut app: Box<App>, choose_account: bool, entropy: &Entropy, now: u64) -> Step {
    let pending = Pending::new(entropy);
    // A claims challenge is answered once.
    let mut ask = mem::take(&mut app.next);
    ask.choose_account |= choose_account;
    let url = authorize::authorization_url(
        &app.config,
        &app.endpoints,
        &pending.verifier,
        &pending.state,
        &pending.nonce,
        &ask,
    );
    let transaction = Some(SecretText::new(pending.to_stored(&app.config, now)));
    (Stage::Leaving { app }, vec![Effect::Leave { url, transaction }])
}

/// The code was redeemed.
pub(super) fn redeemed(mut app: Box<App>, nonce: Nonce, keys: Keys, answer: Answer) -> Step {
    let scopes = authorize::first_scopes(&app.config);
    let tokens = match read_tokens(&mut app, answer, &scopes) {
        Ok(tokens) => tokens,
        Err(problem) => return signed_out(app, problem),
    };
    let id_token = match tokens.id_token.ok_or(IdTokenRefusal::Missing).and_then(UnverifiedIdToken::parse) {
        Ok(id_token) => id_token,
        Err(refusal) => return refused(app, refusal),
    };
    // Without it the token for the exchange service cannot be had.
    let Some(refresh) = tokens.refresh_token else {
        return signed_out(app, Problem::new(ProblemCode::TokenAnswerUnreadable).detail("refresh_token is missing"));
    };
    let redeemed = Redeemed { id_token, entra: tokens.access_token.into(), refresh, keys_asked_again: false };
    match keys {
        Keys::Awaited => (Stage::AwaitingKeys { app, nonce, redeemed }, vec![]),
        Keys::Arrived(keys) => check_signature(app, nonce, redeemed, &keys),
    }
}

/// The keys are here before the tokens. If they cannot be had, the code that is on its way need not be.
pub(super) fn keys_before_tokens(app: Box<App>, nonce: Nonce, answer: Answer) -> Step {
    match read_keys(answer) {
        Ok(keys) => (Stage::Redeeming { app, nonce, keys: Keys::Arrived(keys) }, vec![]),
        Err(problem) => signed_out(app, problem),
    }
}

/// The keys are here after the tokens.
pub(super) fn keys_after_tokens(app: Box<App>, nonce: Nonce, redeemed: Redeemed, answer: Answer) -> Step {
    match read_keys(answer) {
        Ok(keys) => check_signature(app, nonce, redeemed, &keys),
        Err(problem) => signed_out(app, problem),
    }
}

fn check_signature(app: Box<App>, nonce: Nonce, redeemed: Redeemed, keys: &KeySet) -> Step {
    let id_token = &redeemed.id_token;
    match id_token.key(keys) {
        Some(key) => {
            let verify = Effect::VerifySignature {
                jwk: key.to_jwk(),
                signing_input: SecretText::new(id_token.signing_input().to_owned()),
                signature: id_token.signature().to_vec(),
            };
            (Stage::CheckingSignature { app, nonce, redeemed }, vec![verify])
        }
        None if !redeemed.keys_asked_again => {
            let again = ask_for_keys(&app);
            let redeemed = Redeemed { keys_asked_again: true, ..redeemed };
            (Stage::AwaitingKeys { app, nonce, redeemed }, vec![again])
        }
        None => refused(app, IdTokenRefusal::KeyUnknown),
    }
}

/// The signature was checked: only now the claims are.
pub(super) fn signature_checked(app: Box<App>, nonce: Nonce, redeemed: Redeemed, good: bool, now: u64) -> Step {
    let Redeemed { id_token, entra, refresh, .. } = redeemed;
    let expected = Expectations { issuer: &app.endpoints.issuer, client_id: &app.config.client_id, nonce, now };
    match id_token.signature_checked(good).and_then(|signed| signed.validate(expected)) {
        Ok(identity) => {
            let (waiting, work) = after_entra(&app, entra, &refresh);
            let stage = match waiting {
                Waiting::ForCallerToken { entra } => Stage::Authorizing { app, identity, entra, refresh },
                Waiting::ForExchange => Stage::Exchanging { app, identity, refresh },
            };
            (stage, vec![work])
        }
        Err(refusal) => refused(app, refusal),
    }
}

/// What comes after A1.
pub(super) enum Waiting {
    ForCallerToken { entra: EntraAccessToken },
    ForExchange,
}

/// A1 is here: a backend wants B too, ACS itself does not.
pub(super) fn after_entra(app: &App, entra: EntraAccessToken, refresh: &RefreshToken) -> (Waiting, Effect) {
    match &app.config.exchange {
        Exchange::Acs { resource } => {
            (Waiting::ForExchange, Effect::Send(Reply::Exchange, exchange::acs_entra::request(resource, entra)))
        }
        Exchange::Backend(backend) => {
            let fetch = token::refresh_request(&app.config, &app.endpoints, refresh, &backend.scope);
            (Waiting::ForCallerToken { entra }, Effect::Send(Reply::CallerToken, fetch))
        }
    }
}

/// B is here.
pub(super) fn authorized(
    mut app: Box<App>,
    identity: Identity,
    entra: EntraAccessToken,
    refresh: RefreshToken,
    answer: Answer,
) -> Step {
    match read_caller_token(&mut app, answer) {
        Ok(Tokens { access_token, refresh_token, .. }) => {
            let work = with_caller_token(&app, &identity, entra, access_token.into());
            let refresh = refresh_token.unwrap_or(refresh);
            (Stage::Exchanging { app, identity, refresh }, vec![work])
        }
        Err(problem) => signed_out(app, problem),
    }
}

/// A1 and B are here.
pub(super) fn with_caller_token(
    app: &App,
    identity: &Identity,
    entra: EntraAccessToken,
    caller: CallerToken,
) -> Effect {
    let person = Person { client_id: &app.config.client_id, object_id: &identity.object };
    let request = match &app.config.exchange {
        Exchange::Acs { resource } => exchange::acs_entra::request(resource, entra),
        Exchange::Backend(backend) => exchange::request(backend, person, entra, caller),
    };
    Effect::Send(Reply::Exchange, request)
}

/// D is here.
pub(super) fn exchanged(app: Box<App>, identity: Identity, refresh: RefreshToken, answer: Answer, now: u64) -> Step {
    match read_exchanged(&app, answer, now) {
        Ok(exchanged) => {
            let held = Held::new(exchanged, refresh, now);
            (Stage::SignedIn { app, identity, held }, vec![])
        }
        Err(problem) => signed_out(app, problem),
    }
}

fn ask_for_keys(app: &App) -> Effect {
    let url = app.config.keys_url.as_ref().map_or(app.endpoints.jwks.as_str(), |relay| relay.as_str());
    Effect::Send(Reply::Keys, Request::get(url.to_owned()))
}

pub(super) fn read_exchanged(app: &App, answer: Answer, now: u64) -> Result<Exchanged, Problem> {
    match answer {
        Ok(response) => exchange::read(&app.config.exchange, &response, now),
        Err(Failure::TooLarge) => Err(Problem::new(ProblemCode::ExchangeAnswerUnreadable)),
        Err(Failure::TimedOut | Failure::Unreachable) => Err(Problem::new(ProblemCode::ExchangeUnreachable)),
    }
}

/// Reads B's answer.
pub(super) fn read_caller_token(app: &mut App, answer: Answer) -> Result<Tokens, Problem> {
    let scope = app.config.exchange.caller_scope().map(str::to_owned);
    read_tokens(app, answer, &scope.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Reads an answer of the token endpoint; a claims challenge in it is kept for the next sign-in.
pub(super) fn read_tokens(app: &mut App, answer: Answer, scopes: &[&str]) -> Result<Tokens, Problem> {
    match answer {
        Ok(response) => token::read(&response, scopes).map_err(|error| {
            if let TokenError::Refused(refusal) = &error {
                app.next.claims = refusal.claims().map(str::to_owned);
            }
            error.problem()
        }),
        Err(Failure::TooLarge) => Err(Problem::new(ProblemCode::TokenAnswerUnreadable)),
        Err(Failure::TimedOut | Failure::Unreachable) => Err(Problem::new(ProblemCode::AuthorityUnreachable)),
    }
}

fn read_keys(answer: Answer) -> Result<KeySet, Problem> {
    let keys = match answer {
        Ok(Response { status: 200, body, .. }) => KeySet::parse(body.expose()),
        _ => None,
    };
    keys.ok_or_else(|| Problem::new(ProblemCode::KeysUnavailable))
}

fn refused(app: Box<App>, refusal: IdTokenRefusal) -> Step {
    signed_out(app, Problem::new(ProblemCode::IdTokenRefused).detail(refusal.to_string()))
}

fn signed_out(app: Box<App>, problem: Problem) -> Step {
    (Stage::SignedOut { app, problem: Some(problem) }, vec![])
}

fn stopped(problem: Problem) -> Step {
    (Stage::Stopped { problem }, vec![])
}
