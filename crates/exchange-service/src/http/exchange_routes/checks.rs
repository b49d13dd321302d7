//! The checks of an exchange, in order: cheap ones come first, and each trusts only what the earlier ones proved.

use std::time::Duration;

use axum::{extract::Request, http::request::Parts};
use contract::{
    exchange::{ExchangeProblemCode, quickstart::ExchangeRequest},
    secret::{CallerToken, EntraAccessToken},
};

use crate::{
    acs::{CallIds, Issued, Operation, Person},
    caller::{Caller, Claimed, Reason, Refusal},
    http::{
        admission::{admit_address, admit_caller, exchange_permit},
        bearer::{NoBearerToken, bearer_token},
        body,
        context::RequestContext,
        problem_details::Problem,
        state::AppState,
    },
    telemetry::log::NoPlace,
};

/// The pause of `Retry-After` if there is no place for the audit record.
const AUDIT_PAUSE: Duration = Duration::from_secs(5);

/// Checks a request of the contract `quickstart`, and returns its person.
pub(super) async fn person_by_post(
    state: &AppState,
    context: &RequestContext,
    request: Request,
) -> Result<Person, Problem> {
    admit_address(state, context)?;
    let (head, body) = request.into_parts();
    // Only JSON: a browser sends a form or plain text without a preflight.
    body::require_type(&head.headers, body::JSON)?;
    let caller = caller(state, context, &head).await?;
    let body = body::read(&head.headers, body).await?;
    admit_caller(state, &caller)?;
    // Strict: a body that names a user or an application is refused, not just ignored.
    let request: ExchangeRequest = body::object(&body)?;
    person(caller, request.access_token)
}

/// The validated caller with their Entra token, which must not be empty.
pub(super) fn person(caller: Caller, entra: EntraAccessToken) -> Result<Person, Problem> {
    if entra.expose().is_empty() {
        return Err(ExchangeProblemCode::MalformedRequest.into());
    }
    Ok(Person { entra, from: caller.issuer_tenant(), object: caller.object })
}

/// Validates the caller token.
pub(super) async fn caller(state: &AppState, context: &RequestContext, head: &Parts) -> Result<Caller, Problem> {
    let token = caller_token(head).map_err(|reason| {
        context.note(|audit| audit.refused(reason, Claimed::default()));
        ExchangeProblemCode::CallerTokenRefused
    })?;
    match state.validator.validate(&token).await {
        Ok(caller) => {
            context.note(|audit| audit.validated(&caller));
            Ok(caller)
        }
        Err(Refusal::KeysUnavailable(unavailable)) => Err(unavailable.into()),
        Err(Refusal::Token { reason, claimed }) => {
            context.note(|audit| audit.refused(reason, claimed));
            Err(match reason {
                // All other checks of the token succeeded, so the caller may learn what is missing.
                Reason::StepUpMissing => ExchangeProblemCode::StepUpRequired,
                _ => ExchangeProblemCode::CallerTokenRefused,
            }
            .into())
        }
    }
}

/// The token B. A token in a query would be logged, so such a request is refused.
fn caller_token(head: &Parts) -> Result<CallerToken, Reason> {
    if head.uri.query().is_some_and(|query| query.contains("access_token")) {
        return Err(Reason::InQuery);
    }
    match bearer_token(&head.headers) {
        Ok(token) => Ok(CallerToken::new(token.to_owned())),
        Err(NoBearerToken::Absent) => Err(Reason::Absent),
        Err(NoBearerToken::NotText) => Err(Reason::Malformed),
        Err(NoBearerToken::Repeated) => Err(Reason::Repeated),
        Err(NoBearerToken::WrongScheme) => Err(Reason::WrongScheme),
    }
}

/// Exchanges the tokens at ACS.
pub(super) async fn ask(
    state: &AppState,
    context: &RequestContext,
    operation: impl Operation,
) -> Result<Issued, Problem> {
    // The permit comes last, because a request that is refused, or whose body does not end, must not hold one.
    let _permit = exchange_permit(state)?;
    reserve_record(state, context)?;
    let ids = CallIds { correlation: context.correlation.clone(), trace: context.trace.clone() };
    let outcome = state.acs.exchange(operation, ids).await;
    context.note(|audit| audit.asked_acs(outcome.request_id.clone(), outcome.attempts));
    Ok(outcome.result.clone()?)
}

/// Reserves a place for the audit record before ACS is asked, so that no token is issued without a record, unless the
/// operator prefers that (REV-04).
fn reserve_record(state: &AppState, context: &RequestContext) -> Result<(), Problem> {
    let Some(log) = &state.log else { return Ok(()) };
    let place = log.reserve().map_err(|NoPlace| Problem::later(ExchangeProblemCode::AuditUnavailable, AUDIT_PAUSE))?;
    if let Some(place) = place {
        context.keep_place(place);
    }
    Ok(())
}
