//! Renewal: a new A1, B and D before the old D expires, while the refresh token lives and for 24 hours at most. That is
//! how long Entra's refresh token for a single-page app lives; other authorities get the same limit.

use messages::{Problem, ProblemCode};

use super::{
    active_sign_in::{ActiveSignIn, Renewal},
    app::AuthenticatedPerson,
    io::Outcome,
    now::Now,
    pending_exchange::{PendingExchange, Status},
    site::Site,
    stage::{Next, Stage, signed_out},
};
use crate::config::MAX_SIGN_IN_SECONDS;

/// Checks the limits, drops an expired D, and starts a renewal that is due.
pub(super) fn tick(
    site: &mut Site,
    person: Box<AuthenticatedPerson>,
    mut active: Box<ActiveSignIn>,
    mut renewal: Renewal,
    now: Now,
) -> Next {
    active.pass_time(now);
    if let Some(limit) = active.reached_limit(&site.config, now) {
        let (stage, _) = signed_out(Problem::new(limit));
        return (stage, site.forget_person().into_iter().collect());
    }
    if renewal.is_scheduled() && active.age(now) >= MAX_SIGN_IN_SECONDS {
        renewal = active.end_renewal(ProblemCode::SignInEnded);
    }
    if renewal.is_due(&active, now) {
        let (exchange, effect) = PendingExchange::from_refresh_token(&person);
        return (Stage::SignedIn { person, active, renewal: Renewal::Running(exchange) }, vec![effect]);
    }
    if matches!(renewal, Renewal::Ended) && active.is_expired() {
        return (Stage::SignedOut { problem: active.into_renewal_problem(), notice: None }, vec![]);
    }
    (Stage::SignedIn { person, active, renewal }, vec![])
}

/// Handles an outcome of the renewal in flight. Any other is ignored.
pub(super) fn on_outcome(
    site: &mut Site,
    mut person: Box<AuthenticatedPerson>,
    mut active: Box<ActiveSignIn>,
    renewal: Renewal,
    outcome: Outcome,
    now: Now,
) -> Next {
    let Renewal::Running(exchange) = renewal else {
        return (Stage::SignedIn { person, active, renewal }, vec![]);
    };
    let (renewal, effect) = match exchange.update(site, &mut person, outcome, now) {
        Status::Continue(exchange, effect) => (Renewal::Running(exchange), effect),
        Status::Complete(Ok(exchanged)) => (active.renewed(exchanged, now), None),
        Status::Complete(Err(failure)) => (active.renewal_failed(failure, &mut site.retry_delays, now), None),
    };
    (Stage::SignedIn { person, active, renewal }, effect.into_iter().collect())
}
