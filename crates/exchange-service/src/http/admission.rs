//! The limits that are checked first: requests of an address, requests of a person, and exchanges at once.

use std::time::Duration;

use contract::exchange::ExchangeProblemCode;
use tokio::sync::SemaphorePermit;

use super::{context::RequestContext, problem_details::Problem, state::AppState};
use crate::{caller::Caller, rate_limit::Network};

/// Counts a request for its address, before anything in it is trusted. A request that any web page could cause is
/// refused and not counted: otherwise one visited page could lock out all people behind the same address (REV-04).
pub(super) fn admit_address(state: &AppState, context: &RequestContext) -> Result<(), Problem> {
    if context.is_from_another_page {
        return Err(ExchangeProblemCode::OriginNotAllowed.into());
    }
    let Some(address) = context.address else { return Ok(()) };
    state.per_address_limit.admit(&address.into()).map_err(too_many_requests)
}

/// Counts a request that concerns neither an exchange nor a mailbox for its address. These have a separate count.
pub(super) fn admit_address_for_others(state: &AppState, context: &RequestContext) -> Result<(), Problem> {
    let Some(address) = context.address else { return Ok(()) };
    state.per_address_limit_for_others.admit(&address.into()).map_err(too_many_requests)
}

/// Counts a request of a guest for its address, the only id that a guest has. Requests without a known address share
/// one limit.
pub(super) fn admit_guest(state: &AppState, context: &RequestContext) -> Result<(), Problem> {
    state.guests_per_address_limit.admit(&context.address.map(Network::from)).map_err(too_many_requests)
}

pub(super) fn admit_caller(state: &AppState, caller: &Caller) -> Result<(), Problem> {
    state.per_user_limit.admit(&(caller.issuer_tenant(), caller.object.clone())).map_err(too_many_requests)
}

/// A permit for one exchange at ACS, which is released when dropped.
pub(super) fn exchange_permit(state: &AppState) -> Result<SemaphorePermit<'_>, Problem> {
    state
        .exchange_permits
        .try_acquire()
        .map_err(|_| Problem::later(ExchangeProblemCode::Overloaded, Duration::from_secs(1)))
}

/// The response 429 with the pause after which the client can retry.
pub(super) fn too_many_requests(wait: Duration) -> Problem {
    Problem::later(ExchangeProblemCode::RateLimited, wait)
}
