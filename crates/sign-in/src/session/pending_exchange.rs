//! One exchange: A1, then B if the backend requires it, then D. The first sign-in and each renewal run this machine.

use contract::secret::{CallerToken, EntraAccessToken, SecretText};
use messages::{Problem, ProblemCode, Step};

use super::{
    app::AuthenticatedPerson,
    io::{Effect, Outcome, RequestKind},
    now::Now,
    responses,
    site::Site,
};
use crate::{
    config::{Backend, CallerTokenSource, Exchange},
    exchange_client::{self, Exchanged, PersonIds},
    http::{Failure, Request, Response},
    token::{self, Tokens},
};

/// An exchange in flight, by the token that it waits for.
#[derive(Debug)]
pub(super) enum PendingExchange {
    /// A1, for the refresh token. Only a renewal starts here: a sign-in has A1 from the authorization code.
    Entra,
    /// B, from Entra or from the portal. A1 is here.
    Caller { entra: EntraAccessToken, backend: Backend },
    /// D. A1 and B are sent.
    Acs,
}

/// What an outcome does to an exchange.
pub(super) enum Status {
    /// The exchange waits for the outcome of this effect. `None` if it still waits for the previous one.
    Continue(PendingExchange, Option<Effect>),
    /// The exchange returned D, or failed.
    Complete(Result<Exchanged, ExchangeFailure>),
}

/// Why an exchange failed.
pub(super) struct ExchangeFailure {
    pub(super) problem: Problem,
    /// How long the peer requires to wait before the next request, in seconds.
    pub(super) retry_after: u64,
}

impl PendingExchange {
    /// Starts with the refresh token.
    pub(super) fn from_refresh_token(person: &AuthenticatedPerson) -> (Self, Effect) {
        // Without `openid`: the sign-in settled who the person is, and the refresh token cannot change it.
        let scopes = person.app.application.acs_scopes().join(" ");
        (Self::Entra, Effect::Send(RequestKind::Tokens, refresh_request(person, &scopes)))
    }

    /// Starts with A1. A backend also requires B; ACS itself does not.
    pub(super) fn from_entra_token(person: &AuthenticatedPerson, entra: EntraAccessToken) -> (Self, Effect) {
        match &person.app.application.exchange {
            Exchange::Acs { resource, operation } => {
                let request = exchange_client::acs_entra::request(resource, *operation, entra);
                (Self::Acs, Effect::Send(RequestKind::Exchange, request))
            }
            Exchange::Backend(backend) => {
                let request_caller_token = match &backend.caller {
                    CallerTokenSource::Entra { scope } => {
                        Effect::Send(RequestKind::CallerToken, refresh_request(person, scope))
                    }
                    CallerTokenSource::Portal => Effect::RequestCallerToken,
                };
                (Self::Caller { entra, backend: backend.clone() }, request_caller_token)
            }
        }
    }

    /// Handles an outcome. One that is not awaited changes nothing.
    pub(super) fn update(
        self,
        site: &mut Site,
        person: &mut AuthenticatedPerson,
        outcome: Outcome,
        now: Now,
    ) -> Status {
        let retry_after = retry_after(&outcome);
        let step = match (self, outcome) {
            (Self::Entra, Outcome::Responded(RequestKind::Tokens, response)) => {
                let scopes = person.app.application.acs_scopes();
                refreshed(site, person, response, scopes).map(|token| Self::from_entra_token(person, token.into()))
            }
            (Self::Caller { entra, backend }, Outcome::Responded(RequestKind::CallerToken, response)) => {
                let scope = person.app.application.exchange.caller_scope().map(str::to_owned);
                refreshed(site, person, response, &scope.as_deref().into_iter().collect::<Vec<_>>())
                    .map(|token| Self::with_caller_token(person, &backend, entra, token.into()))
            }
            (Self::Caller { entra, backend }, Outcome::CallerToken(caller)) => caller
                .ok_or_else(|| Problem::new(ProblemCode::PortalSilent))
                .map(|caller| Self::with_caller_token(person, &backend, entra, caller)),
            (Self::Acs, Outcome::Responded(RequestKind::Exchange, response)) => {
                let exchanged = responses::read_exchanged(site, &person.app, response, now);
                return Status::Complete(exchanged.map_err(|problem| ExchangeFailure { problem, retry_after }));
            }
            (exchange, _) => return Status::Continue(exchange, None),
        };
        match step {
            Ok((exchange, effect)) => Status::Continue(exchange, Some(effect)),
            Err(problem) => Status::Complete(Err(ExchangeFailure { problem, retry_after })),
        }
    }

    /// Sends A1 and B, and consumes both.
    fn with_caller_token(
        person: &AuthenticatedPerson,
        backend: &Backend,
        entra: EntraAccessToken,
        caller: CallerToken,
    ) -> (Self, Effect) {
        let who = PersonIds { client_id: &person.app.application.client_id, object_id: &person.identity.object };
        let request = exchange_client::request(backend, who, entra, caller);
        (Self::Acs, Effect::Send(RequestKind::Exchange, request))
    }

    /// The step of the sign-in that the page shows.
    pub(super) fn step(&self) -> Step {
        match self {
            Self::Entra => Step::Redeeming,
            Self::Caller { .. } => Step::Authorizing,
            Self::Acs => Step::Exchanging,
        }
    }
}

/// Reads the access token of a response to a refresh, and stores the new refresh token.
fn refreshed(
    site: &mut Site,
    person: &mut AuthenticatedPerson,
    response: Result<Response, Failure>,
    scopes: &[&str],
) -> Result<SecretText, Problem> {
    let tokens = responses::read_refreshed(site, &person.app, &person.identity, response, scopes)?;
    let Tokens { access_token, refresh_token, .. } = tokens;
    if let Some(refresh) = refresh_token {
        person.refresh = refresh;
    }
    Ok(access_token)
}

fn refresh_request(person: &AuthenticatedPerson, scopes: &str) -> Request {
    token::refresh_request(&person.app.application, &person.app.endpoints, &person.refresh, scopes)
}

/// How long the peer requires to wait, in seconds.
fn retry_after(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Responded(_, Ok(Response { retry_after, .. })) => retry_after.unwrap_or(0),
        _ => 0,
    }
}
