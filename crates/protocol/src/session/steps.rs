//! From the code to the ACS token: one function for each step from one state to the next.

use messages::{Problem, ProblemCode};

use super::{
    App, Effect, Keys, Next, Now, Redeemed, RequestKind, Site, Stage, renewal::ActiveSignIn, signed_out,
    signed_out_without_error,
};
use crate::{
    authorize,
    config::{Backend, CallerFrom, Exchange},
    exchange::{self, Exchanged, Person},
    http::{Failure, Request, Response},
    id_token::{Expectations, IdTokenRefusal, Identity, UnverifiedIdToken},
    jwks::KeySet,
    pkce::Nonce,
    secret::{CallerToken, EntraAccessToken, RefreshToken, SecretText},
    token::{self, TokenError, Tokens},
};

/// The code was redeemed.
pub(super) fn redeemed(
    site: &mut Site,
    app: Box<App>,
    nonce: Nonce,
    keys: Keys,
    response: Result<Response, Failure>,
) -> Next {
    let scopes = authorize::first_scopes(&app.application);
    let tokens = match read_tokens(site, &app, response, &scopes) {
        Ok(tokens) => tokens,
        Err(problem) => return signed_out(problem),
    };
    let id_token = match tokens.id_token.ok_or(IdTokenRefusal::Missing).and_then(UnverifiedIdToken::parse) {
        Ok(id_token) => id_token,
        Err(refusal) => return refused(refusal),
    };
    // Without it the token for the exchange service cannot be had.
    let Some(refresh) = tokens.refresh_token else {
        return signed_out(Problem::new(ProblemCode::TokenAnswerUnreadable).detail("refresh_token is missing"));
    };
    let redeemed = Redeemed { id_token, entra: tokens.access_token.into(), refresh, keys_asked_again: false };
    match keys {
        Keys::Awaited => (Stage::AwaitingKeys { app, nonce, redeemed }, vec![]),
        Keys::Arrived(keys) => check_signature(app, nonce, redeemed, &keys),
    }
}

/// The keys are here before the tokens. If they cannot be had, the code that is on its way need not be.
pub(super) fn keys_before_tokens(app: Box<App>, nonce: Nonce, response: Result<Response, Failure>) -> Next {
    match read_keys(response) {
        Ok(keys) => (Stage::Redeeming { app, nonce, keys: Keys::Arrived(keys) }, vec![]),
        Err(problem) => signed_out(problem),
    }
}

/// The keys are here after the tokens.
pub(super) fn keys_after_tokens(
    app: Box<App>,
    nonce: Nonce,
    redeemed: Redeemed,
    response: Result<Response, Failure>,
) -> Next {
    match read_keys(response) {
        Ok(keys) => check_signature(app, nonce, redeemed, &keys),
        Err(problem) => signed_out(problem),
    }
}

fn check_signature(app: Box<App>, nonce: Nonce, redeemed: Redeemed, keys: &KeySet) -> Next {
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
        None => refused(IdTokenRefusal::KeyUnknown),
    }
}

/// The signature was checked: only now the claims are.
pub(super) fn signature_checked(
    site: &mut Site,
    app: Box<App>,
    nonce: Nonce,
    redeemed: Redeemed,
    good: bool,
    now: Now,
) -> Next {
    let Redeemed { id_token, entra, refresh, .. } = redeemed;
    let expected =
        Expectations { issuer: &app.endpoints.issuer, client_id: &app.application.client_id, nonce, now: now.wall };
    match id_token.signature_checked(good).and_then(|signed| signed.validate(expected)) {
        // The account never changes silently.
        Ok(identity) if site.expected.as_ref().is_some_and(|expected| !expected.is(&identity)) => {
            signed_out_without_error(None)
        }
        Ok(identity) => {
            site.home = Some(identity.tenant.clone());
            let (pending_exchange, work) = after_entra(&app, entra, &refresh);
            let stage = match pending_exchange {
                Some(pending_exchange) => Stage::Authorizing { app, identity, pending_exchange, refresh },
                None => Stage::Exchanging { app, identity, refresh },
            };
            (stage, vec![work])
        }
        Err(refusal) => refused(refusal),
    }
}

/// An exchange that waits for B: A1 is here.
#[derive(Debug)]
pub(super) struct PendingExchange {
    entra: EntraAccessToken,
    backend: Backend,
}

impl PendingExchange {
    /// B is here, too. A1 and B are spent by it.
    pub(super) fn exchange(self, app: &App, identity: &Identity, caller: CallerToken) -> Effect {
        let person = Person { client_id: &app.application.client_id, object_id: &identity.object };
        Effect::Send(RequestKind::Exchange, exchange::request(&self.backend, person, self.entra, caller))
    }
}

/// A1 is here: a backend wants B too, ACS itself does not.
pub(super) fn after_entra(
    app: &App,
    entra: EntraAccessToken,
    refresh: &RefreshToken,
) -> (Option<PendingExchange>, Effect) {
    match &app.application.exchange {
        Exchange::Acs { resource, operation } => {
            (None, Effect::Send(RequestKind::Exchange, exchange::acs_entra::request(resource, *operation, entra)))
        }
        Exchange::Backend(backend) => {
            let ask = match &backend.caller {
                CallerFrom::Entra { scope } => Effect::Send(
                    RequestKind::CallerToken,
                    token::refresh_request(&app.application, &app.endpoints, refresh, scope),
                ),
                CallerFrom::Portal => Effect::AskPortal,
            };
            (Some(PendingExchange { entra, backend: backend.clone() }), ask)
        }
    }
}

/// B is here, from Entra.
pub(super) fn authorized(
    site: &mut Site,
    app: Box<App>,
    identity: Identity,
    pending_exchange: PendingExchange,
    refresh: RefreshToken,
    response: Result<Response, Failure>,
) -> Next {
    match read_caller_token(site, &app, &identity, response) {
        Ok(Tokens { access_token, refresh_token, .. }) => {
            let work = pending_exchange.exchange(&app, &identity, access_token.into());
            let refresh = refresh_token.unwrap_or(refresh);
            (Stage::Exchanging { app, identity, refresh }, vec![work])
        }
        Err(problem) => signed_out(problem),
    }
}

/// B is here, from the portal; or it is not.
pub(super) fn authorized_by_portal(
    app: Box<App>,
    identity: Identity,
    pending_exchange: PendingExchange,
    refresh: RefreshToken,
    caller: Option<CallerToken>,
) -> Next {
    match caller {
        Some(caller) => {
            let work = pending_exchange.exchange(&app, &identity, caller);
            (Stage::Exchanging { app, identity, refresh }, vec![work])
        }
        None => signed_out(Problem::new(ProblemCode::PortalSilent)),
    }
}

/// D is here.
pub(super) fn exchanged(
    site: &mut Site,
    app: Box<App>,
    identity: Identity,
    refresh: RefreshToken,
    response: Result<Response, Failure>,
    now: Now,
) -> Next {
    match read_exchanged(site, &app, response, now) {
        Ok(exchanged) => {
            let active = ActiveSignIn::new(exchanged, refresh, now);
            let remember = site.remember(app.profile, &identity);
            (Stage::SignedIn { app, identity, active }, remember.into_iter().collect())
        }
        Err(problem) => signed_out(problem),
    }
}

pub(super) fn ask_for_keys(app: &App) -> Effect {
    let url = app.application.keys_url.as_ref().map_or(app.endpoints.jwks.as_str(), |relay| relay.as_str());
    Effect::Send(RequestKind::Keys, Request::get(url.to_owned()))
}

/// Reads D's answer; a claims challenge in it is kept for the next sign-in.
pub(super) fn read_exchanged(
    site: &mut Site,
    app: &App,
    response: Result<Response, Failure>,
    now: Now,
) -> Result<Exchanged, Problem> {
    match response {
        Ok(response) => exchange::read(&app.application.exchange, &response, now.wall).inspect_err(|_| {
            site.challenged(app.profile, exchange::claims(&response));
        }),
        Err(failure) => Err(no_exchange(failure)),
    }
}

/// The exchange did not answer.
pub(super) fn no_exchange(failure: Failure) -> Problem {
    Problem::new(match failure {
        Failure::Unreadable | Failure::Utf16 => ProblemCode::ExchangeAnswerUnreadable,
        Failure::Unreachable | Failure::Redirected => ProblemCode::ExchangeUnreachable,
    })
}

/// Reads B's answer.
pub(super) fn read_caller_token(
    site: &mut Site,
    app: &App,
    identity: &Identity,
    response: Result<Response, Failure>,
) -> Result<Tokens, Problem> {
    let scope = app.application.exchange.caller_scope().map(str::to_owned);
    read_refreshed(site, app, identity, response, &scope.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Reads what a refresh token was good for. No ID token is asked for; one that comes may not name anybody else.
pub(super) fn read_refreshed(
    site: &mut Site,
    app: &App,
    identity: &Identity,
    response: Result<Response, Failure>,
    scopes: &[&str],
) -> Result<Tokens, Problem> {
    let mut tokens = read_tokens(site, app, response, scopes)?;
    let Some(id_token) = tokens.id_token.take() else { return Ok(tokens) };
    match UnverifiedIdToken::parse(id_token) {
        Ok(token) if token.is_still(identity, &app.endpoints.issuer, &app.application.client_id) => Ok(tokens),
        Ok(_) => Err(id_token_problem(IdTokenRefusal::AnotherPerson)),
        Err(refusal) => Err(id_token_problem(refusal)),
    }
}

/// Reads an answer of the token endpoint; a claims challenge in it is kept for the next sign-in.
pub(super) fn read_tokens(
    site: &mut Site,
    app: &App,
    response: Result<Response, Failure>,
    scopes: &[&str],
) -> Result<Tokens, Problem> {
    match response {
        Ok(response) => token::read(&response, scopes).map_err(|error| {
            if let TokenError::Refused(refusal) = &error {
                site.challenged(app.profile, refusal.claims().map(str::to_owned));
            }
            error.problem()
        }),
        Err(Failure::Unreadable | Failure::Utf16) => Err(Problem::new(ProblemCode::TokenAnswerUnreadable)),
        Err(Failure::Unreachable | Failure::Redirected) => Err(Problem::new(ProblemCode::AuthorityUnreachable)),
    }
}

fn read_keys(response: Result<Response, Failure>) -> Result<KeySet, Problem> {
    let keys = match response {
        Ok(Response { status: 200, body, .. }) => KeySet::parse(body.expose()),
        _ => None,
    };
    keys.ok_or_else(|| Problem::new(ProblemCode::KeysUnavailable))
}

fn refused(refusal: IdTokenRefusal) -> Next {
    signed_out(id_token_problem(refusal))
}

fn id_token_problem(refusal: IdTokenRefusal) -> Problem {
    let code = match refusal {
        IdTokenRefusal::Expired | IdTokenRefusal::NotYetValid => ProblemCode::ClockWrong,
        _ => ProblemCode::IdTokenRefused,
    };
    Problem::new(code).detail(refusal.to_string())
}
