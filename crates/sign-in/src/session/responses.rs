//! Reads responses: values for the session, or problems for the person.

use contract::text_file::NotText;
use messages::{Problem, ProblemCode};

use super::{app::App, now::Now, site::Site};
use crate::{
    authority::{Authority, Endpoints},
    config::Config,
    exchange_client::{self, Exchanged},
    http::{Failure, Response},
    id_token::{IdTokenRefusal, Identity, UnverifiedIdToken},
    jwks::KeySet,
    token::{self, TokenError, Tokens},
};

const NOT_UTF8: &str = "config.json is longer than 64 KB or not UTF-8 text";

/// Reads `config.json`.
pub(super) fn read_config(response: Result<Response, Failure>) -> Result<Config, Problem> {
    let Response { status, body, .. } = response.map_err(|failure| match failure {
        Failure::Redirected => Problem::new(ProblemCode::ConfigRedirected),
        Failure::Unreachable => Problem::new(ProblemCode::ConfigUnreachable),
        Failure::Unreadable => Problem::new(ProblemCode::ConfigInvalid).detail(NOT_UTF8),
        Failure::Utf16 => Problem::new(ProblemCode::ConfigInvalid).detail(NotText::Utf16.to_string()),
    })?;
    let code = match status {
        // No JSON starts like this. The content type is ignored: hosts send a wrong one for correct files.
        200 if body.expose().trim_start().starts_with('<') => ProblemCode::ConfigIsHtml,
        200 => {
            return Config::parse(body.expose())
                .map_err(|error| Problem::new(ProblemCode::ConfigInvalid).detail(error.to_string()));
        }
        401 | 403 => ProblemCode::ConfigRefused,
        _ => ProblemCode::ConfigUnreachable,
    };
    Err(Problem::new(code).detail(format!("HTTP status {status}")))
}

/// Reads the discovery document of this authority.
pub(super) fn read_endpoints(authority: &Authority, response: Result<Response, Failure>) -> Result<Endpoints, Problem> {
    let Ok(Response { status: 200, body, .. }) = response else {
        return Err(Problem::new(ProblemCode::AuthorityUnreachable).detail(authority.discovery_url()));
    };
    authority
        .discovered_endpoints(body.expose())
        .map_err(|error| Problem::new(ProblemCode::AuthorityInvalid).detail(error.to_string()))
}

/// Reads a response of the token endpoint. A claims challenge in it is kept for the next sign-in.
pub(super) fn read_tokens(
    site: &mut Site,
    app: &App,
    response: Result<Response, Failure>,
    scopes: &[&str],
) -> Result<Tokens, Problem> {
    match response {
        Ok(response) => token::read(&response, scopes).map_err(|error| {
            if let TokenError::Refused(refusal) = &error {
                site.set_challenge(app.profile, refusal.claims().map(str::to_owned));
            }
            error.problem()
        }),
        Err(Failure::Unreadable | Failure::Utf16) => Err(Problem::new(ProblemCode::TokenResponseUnreadable)),
        Err(Failure::Unreachable | Failure::Redirected) => Err(Problem::new(ProblemCode::AuthorityUnreachable)),
    }
}

/// Reads the token response to a refresh token. It needs no ID token; one that comes must name the same person
/// (SEC-017).
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
        Ok(token) if token.names_same_person(identity, &app.endpoints.issuer, &app.application.client_id) => Ok(tokens),
        Ok(_) => Err(id_token_problem(IdTokenRefusal::AnotherPerson)),
        Err(refusal) => Err(id_token_problem(refusal)),
    }
}

/// Reads the authority's keys.
pub(super) fn read_keys(response: Result<Response, Failure>) -> Result<KeySet, Problem> {
    let keys = match response {
        Ok(Response { status: 200, body, .. }) => KeySet::parse(body.expose()),
        _ => None,
    };
    keys.ok_or_else(|| Problem::new(ProblemCode::KeysUnavailable))
}

/// Reads the response with D. A claims challenge in it is kept for the next sign-in.
pub(super) fn read_exchanged(
    site: &mut Site,
    app: &App,
    response: Result<Response, Failure>,
    now: Now,
) -> Result<Exchanged, Problem> {
    let response = response.map_err(exchange_problem)?;
    exchange_client::read(&app.application.exchange, &response, now.wall).inspect_err(|_| {
        site.set_challenge(app.profile, exchange_client::claims(&response));
    })
}

/// Reads the response with a guest's D.
pub(super) fn read_guest(response: Result<Response, Failure>, now: Now) -> Result<Exchanged, Problem> {
    exchange_client::read_guest(&response.map_err(exchange_problem)?, now.wall)
}

/// The problem that the page shows for a refused ID token.
pub(super) fn id_token_problem(refusal: IdTokenRefusal) -> Problem {
    let code = match refusal {
        IdTokenRefusal::Expired | IdTokenRefusal::NotYetValid => ProblemCode::ClockWrong,
        _ => ProblemCode::IdTokenRefused,
    };
    Problem::new(code).detail(format!("ID token: {refusal}"))
}

fn exchange_problem(failure: Failure) -> Problem {
    Problem::new(match failure {
        Failure::Unreadable | Failure::Utf16 => ProblemCode::ExchangeResponseUnreadable,
        Failure::Unreachable | Failure::Redirected => ProblemCode::ExchangeUnreachable,
    })
}
