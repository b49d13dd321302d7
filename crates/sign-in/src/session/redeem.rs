//! The part of a sign-in from the authorization response to D: redeem the code, check the ID token, run the exchange.

use contract::secret::SecretText;
use messages::{Problem, ProblemCode};

use super::{
    active_sign_in::ActiveSignIn,
    app::{App, AuthenticatedPerson},
    io::{Effect, Outcome, RequestKind},
    now::Now,
    pending_exchange::{PendingExchange, Status},
    responses,
    site::Site,
    stage::{Keys, Next, Redeemed, Stage, signed_out, signed_out_without_error},
    transaction::PendingSignIn,
};
use crate::{
    authorize,
    callback::{self, CallbackError},
    http::{Failure, Request, Response},
    id_token::{Expectations, IdTokenRefusal, UnverifiedIdToken},
    jwks::KeySet,
    pkce::Nonce,
    token,
};

/// `boot.js` and `return.js` remove a code that came in the query (REP-06).
const MALFORMED: &str = "the authorization response lacks its code, repeats a parameter, is too long, or came in the \
                         query although the fragment was asked for";

/// An authorization response for this sign-in. It may be forged until its `state` is checked.
pub(super) fn returned(site: &mut Site, app: Box<App>, pending: PendingSignIn, response: &str) -> Next {
    let PendingSignIn { verifier, state, nonce, silent } = pending;
    match (silent, &site.expected) {
        // The expected person signed out in another tab meanwhile.
        (true, None) => return signed_out_without_error(None),
        (true, Some(_)) => {}
        // The authority asked the person, so they may have chosen any account.
        (false, _) => site.expected = None,
    }
    let code = match callback::check(response, state, &app.endpoints) {
        Ok(code) => code,
        Err(CallbackError::Malformed) => {
            return signed_out(Problem::new(ProblemCode::ResponseMalformed).detail(MALFORMED));
        }
        Err(CallbackError::WrongIssuer) => return signed_out(Problem::new(ProblemCode::ResponseWrongIssuer)),
        Err(CallbackError::WrongState) => return signed_out(Problem::new(ProblemCode::ResponseWrongState)),
        // Silent sign-in failed with an interaction error: show the normal signed-out screen without a problem.
        Err(CallbackError::Refused(error)) if silent && error.requires_interaction() => {
            return signed_out_without_error(None);
        }
        Err(CallbackError::Refused(error)) => return signed_out(error.problem()),
    };
    let redeem = token::code_request(
        &app.application,
        &app.endpoints,
        &site.redirect_uri(),
        code,
        verifier,
        &authorize::first_scopes(&app.application),
    );
    let effects = vec![Effect::Send(RequestKind::Tokens, redeem), keys_request(&app)];
    (Stage::Redeeming { app, nonce, keys: Keys::Awaited }, effects)
}

/// Handles the token response to the code.
pub(super) fn tokens(
    site: &mut Site,
    app: Box<App>,
    nonce: Nonce,
    keys: Keys,
    response: Result<Response, Failure>,
) -> Next {
    let scopes = authorize::first_scopes(&app.application);
    let tokens = match responses::read_tokens(site, &app, response, &scopes) {
        Ok(tokens) => tokens,
        Err(problem) => return signed_out(problem),
    };
    let id_token = match tokens.id_token.ok_or(IdTokenRefusal::Missing).and_then(UnverifiedIdToken::parse) {
        Ok(id_token) => id_token,
        Err(refusal) => return refused(refusal),
    };
    // B and every renewal need it.
    let Some(refresh) = tokens.refresh_token else {
        return signed_out(Problem::new(ProblemCode::TokenResponseUnreadable).detail("refresh_token is missing"));
    };
    let entra = tokens.access_token.into();
    let redeemed = Box::new(Redeemed { id_token, entra, refresh, keys_requested_again: false });
    match keys {
        Keys::Awaited => (Stage::AwaitingKeys { app, nonce, redeemed }, vec![]),
        Keys::Arrived(keys) => check_signature(app, nonce, redeemed, &keys),
    }
}

/// The keys arrived before the tokens. Without keys the sign-in ends, and the token response is ignored.
pub(super) fn keys_before_tokens(app: Box<App>, nonce: Nonce, response: Result<Response, Failure>) -> Next {
    match responses::read_keys(response) {
        Ok(keys) => (Stage::Redeeming { app, nonce, keys: Keys::Arrived(keys) }, vec![]),
        Err(problem) => signed_out(problem),
    }
}

/// The keys arrived after the tokens.
pub(super) fn keys_after_tokens(
    app: Box<App>,
    nonce: Nonce,
    redeemed: Box<Redeemed>,
    response: Result<Response, Failure>,
) -> Next {
    match responses::read_keys(response) {
        Ok(keys) => check_signature(app, nonce, redeemed, &keys),
        Err(problem) => signed_out(problem),
    }
}

fn check_signature(app: Box<App>, nonce: Nonce, mut redeemed: Box<Redeemed>, keys: &KeySet) -> Next {
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
        None if !redeemed.keys_requested_again => {
            let again = keys_request(&app);
            redeemed.keys_requested_again = true;
            (Stage::AwaitingKeys { app, nonce, redeemed }, vec![again])
        }
        None => refused(IdTokenRefusal::UnknownKey),
    }
}

/// The signature was checked. The claims are checked after it, never before.
pub(super) fn signature_checked(
    site: &mut Site,
    app: App,
    nonce: Nonce,
    redeemed: Box<Redeemed>,
    is_valid: bool,
    now: Now,
) -> Next {
    let Redeemed { id_token, entra, refresh, .. } = *redeemed;
    let expected =
        Expectations { issuer: &app.endpoints.issuer, client_id: &app.application.client_id, nonce, now: now.wall };
    match id_token.signature_checked(is_valid).and_then(|signed| signed.validate(expected)) {
        // SEC-018: the account never changes silently.
        Ok(identity) if site.expected.as_ref().is_some_and(|expected| !expected.is(&identity)) => {
            signed_out_without_error(None)
        }
        Ok(identity) => {
            site.last_tenant = Some(identity.tenant.clone());
            let person = Box::new(AuthenticatedPerson { app, identity, refresh });
            let (exchange, effect) = PendingExchange::from_entra_token(&person, entra);
            (Stage::Exchanging { person, exchange }, vec![effect])
        }
        Err(refusal) => refused(refusal),
    }
}

/// An outcome of the exchange.
pub(super) fn on_exchange_outcome(
    site: &mut Site,
    mut person: Box<AuthenticatedPerson>,
    exchange: PendingExchange,
    outcome: Outcome,
    now: Now,
) -> Next {
    match exchange.update(site, &mut person, outcome, now) {
        Status::Continue(exchange, effect) => (Stage::Exchanging { person, exchange }, effect.into_iter().collect()),
        Status::Complete(Ok(exchanged)) => {
            let remember = site.remember(person.app.profile, &person.identity);
            let (active, renewal) = ActiveSignIn::new(exchanged, now);
            (Stage::SignedIn { person, active: Box::new(active), renewal }, remember.into_iter().collect())
        }
        Status::Complete(Err(failure)) => signed_out(failure.problem),
    }
}

fn keys_request(app: &App) -> Effect {
    let url = app.application.keys_url.as_ref().map_or(app.endpoints.jwks.as_str(), |relay| relay.as_str());
    Effect::Send(RequestKind::Keys, Request::get(url.to_owned()))
}

fn refused(refusal: IdTokenRefusal) -> Next {
    signed_out(responses::id_token_problem(refusal))
}
