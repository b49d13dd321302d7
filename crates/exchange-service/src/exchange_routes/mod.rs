//! The exchanges, one file each, and here what they have in common: the order of the checks.

mod bearer;
mod entra_id_user;
mod guest;
mod hero;
mod teams_user;

use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use protocol::{
    exchange::{ExchangeProblemCode, quickstart::ExchangeRequest},
    secret::EntraAccessToken,
};
use serde::Serialize;
use tokio::sync::SemaphorePermit;

pub(crate) use self::{
    entra_id_user::of_entra_id_user, guest::for_a_guest, hero::of_teams_user_via_get, teams_user::of_teams_user,
};
use crate::{
    acs::{AcsOperation, Ask, Issued, Person},
    body,
    caller::{Caller, Claimed, Reason, Refusal},
    log::NoPlace,
    problem_details::Problem,
    request_context::RequestContext,
    router::Service,
};

/// When an exchange is worth trying again whose record had no place.
const AUDIT_PAUSE: Duration = Duration::from_secs(5);

/// The person of a request of the contract `quickstart`. Each step is cheaper than the next or trusts more than the one
/// before.
async fn person_by_post(service: &Service, context: &RequestContext, request: Request) -> Result<Person, Problem> {
    admit_address(service, context)?;
    let (head, body) = request.into_parts();
    // A form or a plain text needs no preflight, so no other type will do.
    if !body::is_json(&head.headers) {
        return Err(ExchangeProblemCode::UnsupportedMediaType.into());
    }
    let caller = caller(service, context, &head).await?;
    let body = body::read(&head.headers, body).await?;
    admit_caller(service, &caller)?;
    // Strict: a body that brings a user or an application of its own is refused, not merely ignored.
    let request: ExchangeRequest = body::object(&body)?;
    person(caller, request.access_token)
}

fn person(caller: Caller, entra: EntraAccessToken) -> Result<Person, Problem> {
    if entra.expose().is_empty() {
        return Err(ExchangeProblemCode::MalformedRequest.into());
    }
    Ok(Person { entra, from: caller.issuer_tenant(), object: caller.object })
}

/// Who is asking, by their token alone.
async fn caller(service: &Service, context: &RequestContext, head: &Parts) -> Result<Caller, Problem> {
    let token = bearer::caller_token(&head.uri, &head.headers).map_err(|reason| {
        context.note(|audit| audit.refused(reason, Claimed::default()));
        ExchangeProblemCode::CallerTokenRefused
    })?;
    match service.validator.validate(&token).await {
        Ok(caller) => {
            context.note(|audit| audit.validated(&caller));
            Ok(caller)
        }
        Err(Refusal::KeysUnavailable(unavailable)) => Err(unavailable.into()),
        Err(Refusal::Token { reason, claimed }) => {
            context.note(|audit| audit.refused(reason, claimed));
            // Everything else of the token is good, so its holder may know what is missing.
            let is_good_but_for_that = reason == Reason::StepUpMissing;
            Err(if is_good_but_for_that {
                ExchangeProblemCode::StepUpRequired
            } else {
                ExchangeProblemCode::CallerTokenRefused
            }
            .into())
        }
    }
}

/// Before anything of the request is believed. What any web page can send is refused instead of counted.
/// Otherwise one visited page could lock out all people behind the same address (REV-04).
pub(crate) fn admit_address(service: &Service, context: &RequestContext) -> Result<(), Problem> {
    if context.is_of_another_page {
        return Err(ExchangeProblemCode::OriginNotAllowed.into());
    }
    let Some(address) = context.address else { return Ok(()) };
    service.per_address_limit.admit(address.into(), service.clock.monotonic()).map_err(too_often)
}

/// The same for what neither exchanges nor concerns a mailbox.
pub(crate) fn admit_address_for_others(service: &Service, context: &RequestContext) -> Result<(), Problem> {
    let Some(address) = context.address else { return Ok(()) };
    service.per_address_limit_for_others.admit(address.into(), service.clock.monotonic()).map_err(too_often)
}

fn admit_caller(service: &Service, caller: &Caller) -> Result<(), Problem> {
    let now = service.clock.monotonic();
    service.per_user_limit.admit((caller.issuer_tenant(), caller.object.clone()), now).map_err(too_often)
}

fn too_often(wait: Duration) -> Problem {
    Problem::later(ExchangeProblemCode::RateLimited, wait)
}

/// D, from ACS.
async fn ask(service: &Service, context: &RequestContext, operation: AcsOperation) -> Result<Issued, Problem> {
    // Only now, because a request that is refused or whose body never ends must not hold a permit.
    let _permit = exchange_permit(service)?;
    reserve_record(service, context)?;
    let ask = Ask { operation, correlation: context.correlation.clone(), trace: context.trace.clone() };
    let outcome = service.acs.exchange(ask).await;
    context.note(|audit| audit.asked_acs(&outcome));
    Ok(outcome.result.clone()?)
}

/// A permit for one exchange at ACS, until it is dropped.
pub(crate) fn exchange_permit(service: &Service) -> Result<SemaphorePermit<'_>, Problem> {
    service
        .exchange_permits
        .try_acquire()
        .map_err(|_| Problem::later(ExchangeProblemCode::Overloaded, Duration::from_secs(1)))
}

/// A place for the audit record, before there is anything to record: no token is issued that the log does not know of,
/// unless the operator prefers that (REV-04).
fn reserve_record(service: &Service, context: &RequestContext) -> Result<(), Problem> {
    let Some(log) = &service.log else { return Ok(()) };
    let place = log.reserve().map_err(|NoPlace| Problem::later(ExchangeProblemCode::AuditUnavailable, AUDIT_PAUSE))?;
    if let Some(place) = place {
        context.keep_place(place);
    }
    Ok(())
}

fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    let body = serde_json::to_vec(answer).expect("a struct of texts serialises");
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
