//! `POST /exchange`: the contract `quickstart`.

use std::{error::Error, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Uri,
        header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use http_body_util::LengthLimitError;
use protocol::{
    exchange::{ProblemCode, quickstart::ExchangeRequest},
    secret::CallerToken,
};
use tokio::{sync::SemaphorePermit, time::timeout};

use crate::{
    acs::Ask,
    audit::Audit,
    caller::{Caller, Claimed, Reason, Refusal},
    client_address::client_address,
    correlation::CorrelationId,
    problem::Problem,
    router::Service,
    trace_context::TraceContext,
};

/// A1 with room to spare.
const LARGEST_BODY: usize = 16 * 1024;

/// How long a body of that size may take.
const LONGEST_BODY: Duration = Duration::from_secs(5);

pub(crate) async fn exchange(
    State(service): State<Arc<Service>>,
    Extension(correlation): Extension<CorrelationId>,
    Extension(trace): Extension<TraceContext>,
    request: Request,
) -> Response {
    let mut audit = Audit::default();
    let mut response = match answer(&service, (correlation, trace), request, &mut audit).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(audit);
    response
}

/// Each step is cheaper than the next or trusts more than the one before.
async fn answer(
    service: &Service,
    (correlation, trace): (CorrelationId, TraceContext),
    request: Request,
    audit: &mut Audit,
) -> Result<Response, Problem> {
    let now = service.clock.monotonic();
    let address = client_address(request.headers(), request.extensions(), service.trusted_proxies);
    audit.came_from(address);
    if let Some(address) = address {
        service.of_addresses.admit(address.into(), now).map_err(too_often)?;
    }
    let (head, body) = request.into_parts();
    // A form or a plain text needs no preflight, so no other type will do.
    if !is_json(&head.headers) {
        return Err(ProblemCode::UnsupportedMediaType.into());
    }
    let token = caller_token(&head.uri, &head.headers).map_err(|reason| {
        audit.refused(reason, Claimed::default());
        ProblemCode::CallerTokenRefused
    })?;
    let caller = caller(service, &token, audit).await?;
    let body = read(&head.headers, body).await?;
    service.of_users.admit((caller.tenant.clone(), caller.object.clone()), now).map_err(too_often)?;
    // Strict: a body that brings a user or an application of its own is refused, not merely ignored.
    let request: ExchangeRequest = serde_json::from_slice(&body).map_err(|_| ProblemCode::MalformedRequest)?;
    if request.access_token.expose().is_empty() {
        return Err(ProblemCode::MalformedRequest.into());
    }

    // Only now: whoever is not let in, or does not finish a body, must not hold a place.
    let _place = place(service)?;
    let ask = Ask { entra: request.access_token, tenant: caller.tenant, object: caller.object, correlation, trace };
    let outcome = service.acs.exchange(ask).await;
    audit.asked_acs(&outcome);
    let answer = outcome.result.as_ref().map_err(|refusal| *refusal)?;
    let answer = serde_json::to_vec(answer).expect("a struct of two texts serialises");
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], answer).into_response())
}

/// One of the places at ACS, for as long as it is held.
pub(crate) fn place(service: &Service) -> Result<SemaphorePermit<'_>, Problem> {
    service.places.try_acquire().map_err(|_| Problem::later(ProblemCode::Overloaded, Duration::from_secs(1)))
}

fn too_often(wait: Duration) -> Problem {
    Problem::later(ProblemCode::RateLimited, wait)
}

async fn caller(service: &Service, token: &CallerToken, audit: &mut Audit) -> Result<Caller, Problem> {
    match service.validator.validate(token).await {
        Ok(caller) => {
            audit.validated(&caller);
            Ok(caller)
        }
        Err(Refusal::KeysUnavailable(unavailable)) => Err(unavailable.into()),
        Err(Refusal::Token { reason, claimed }) => {
            audit.refused(reason, claimed);
            Err(ProblemCode::CallerTokenRefused.into())
        }
    }
}

/// RFC 6750 section 2.1, and only it: a token in a query ends up in logs.
fn caller_token(uri: &Uri, headers: &HeaderMap) -> Result<CallerToken, Reason> {
    if uri.query().is_some_and(|query| query.contains("access_token")) {
        return Err(Reason::InQuery);
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Reason::Malformed)?,
        (None, _) => return Err(Reason::Absent),
        // A proxy may have checked the other one.
        (Some(_), Some(_)) => return Err(Reason::Repeated),
    };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(CallerToken::new(token.to_owned())),
        _ => Err(Reason::WrongScheme),
    }
}

/// `application/json`, with or without `charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = one.to_str() else { return false };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    essence.trim().eq_ignore_ascii_case("application/json")
        && matches!(parameters.trim().to_ascii_lowercase().as_str(), "" | "charset=utf-8")
}

/// The whole body, unless it is larger than it may be: then at once if it says so itself.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(ProblemCode::TooLarge.into());
    }
    let body = timeout(LONGEST_BODY, to_bytes(body, LARGEST_BODY)).await.map_err(|_| ProblemCode::RequestTimeout)?;
    body.map_err(|error| {
        let too_large = error.source().is_some_and(|source| source.is::<LengthLimitError>());
        if too_large { ProblemCode::TooLarge.into() } else { ProblemCode::MalformedRequest.into() }
    })
}
