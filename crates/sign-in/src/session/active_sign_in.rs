//! A complete sign-in: D, how long it lasts, and when it is renewed.

use contract::UnixTime;
use messages::{Account, AcsToken, Problem, ProblemCode, ViewState};

use super::{
    now::Now,
    pending_exchange::{ExchangeFailure, PendingExchange},
    retry_delays::RetryDelays,
};
use crate::{config::Config, exchange_client::Exchanged, id_token::Identity};

/// D is renewed when this many seconds of it are left. The Calling SDK requests a new token at ten minutes, and repeats
/// that at once if the token it gets has less.
const RENEWAL_LEAD_TIME: u64 = 15 * 60;

/// The delay after a temporary failure, in seconds, unless the peer requires a longer one.
const RETRY_DELAY: u64 = 30;

/// The delay after a temporary failure once the page, the device or the network woke up, in seconds.
const RETRY_DELAY_AFTER_WAKING: u64 = 10;

/// The delay after Entra's loop detection (AADSTS50196), in seconds. Entra counts equal requests in about five minutes.
const RETRY_DELAY_FOR_ENTRA: u64 = 5 * 60;

/// A token with a shorter life, in seconds, counts as expired. Renewing it at once could cause a loop.
const MIN_LIFETIME: u64 = 15;

/// The maximum of every delay, in seconds, even if a peer requires a longer one. [`RetryDelays`] adds up to half of it.
const MAX_RETRY_DELAY: u64 = 10 * 60;

/// D and the limits of its sign-in.
#[derive(Debug)]
pub(super) struct ActiveSignIn {
    /// `None` after it expired, if it could not be renewed in time.
    token: Option<AcsToken>,
    expires_at: UnixTime,
    /// The expiry by the monotonic clock, in seconds. The token ends at the earlier of the two.
    expires_at_monotonic: u64,
    communication_id: Option<String>,
    /// Why the last renewal failed.
    renewal_problem: Option<Problem>,
    /// How many renewals failed since the last success, and when the last one did.
    failures: u32,
    failed_at: Option<Now>,
    /// When the person signed in.
    since: Now,
    /// When the person last used the page.
    last_used_at: Now,
}

/// The renewal of D. There is one at a time, because this is one value.
#[derive(Debug)]
pub(super) enum Renewal {
    /// Starts at this time of the wall clock or at this second of the monotonic clock, whichever comes first.
    Due { wall: UnixTime, monotonic: u64 },
    /// Starts again after a failure, at this second of the monotonic clock. After waking up, `at_waking` counts
    /// instead.
    Retry { at: u64, at_waking: u64 },
    /// The renewal is in flight.
    Running(PendingExchange),
    /// Only the person can continue.
    Ended,
}

impl ActiveSignIn {
    pub(super) fn new(exchanged: Exchanged, now: Now) -> (Self, Renewal) {
        let Exchanged { token, expires_at, communication_id } = exchanged;
        let active = Self {
            token: Some(token),
            expires_at,
            expires_at_monotonic: to_monotonic(expires_at, now),
            communication_id,
            renewal_problem: None,
            failures: 0,
            failed_at: None,
            since: now,
            last_used_at: now,
        };
        (active, Renewal::schedule(expires_at, now))
    }

    pub(super) fn view_state(&self, identity: &Identity) -> ViewState {
        ViewState::SignedIn {
            account: Some(Account {
                name: identity.name.clone(),
                username: identity.username.clone(),
                tenant_id: identity.tenant.as_str().to_owned(),
                object_id: identity.object.as_str().to_owned(),
            }),
            communication_id: self.communication_id.clone(),
            token: self.token.clone(),
            expires_at: self.expires_at.seconds(),
            renewal_problem: self.renewal_problem.clone(),
        }
    }

    /// The person used the page.
    pub(super) fn record_activity(&mut self, now: Now) {
        self.last_used_at = self.last_used_at.later(now);
    }

    /// Drops D if it expired. A clock that was set back restarts a limit, but never extends it beyond its full length.
    pub(super) fn pass_time(&mut self, now: Now) {
        self.since = self.since.earlier(now);
        self.last_used_at = self.last_used_at.earlier(now);
        if now.wall >= self.expires_at || now.monotonic >= self.expires_at_monotonic {
            self.token = None;
        }
    }

    /// The configured limit that this sign-in has reached, if any (SEC-025).
    pub(super) fn reached_limit(&self, config: &Config, now: Now) -> Option<ProblemCode> {
        let idle = config.idle_limit.is_some_and(|limit| now.since(self.last_used_at) >= limit);
        let too_long = config.absolute_limit.is_some_and(|limit| now.since(self.since) >= limit);
        match (idle, too_long) {
            (true, _) => Some(ProblemCode::IdleTooLong),
            (false, true) => Some(ProblemCode::SignInTooLong),
            (false, false) => None,
        }
    }

    /// How many seconds ago the person signed in.
    pub(super) fn age(&self, now: Now) -> u64 {
        now.since(self.since)
    }

    /// Ends the renewal of D for this reason.
    pub(super) fn end_renewal(&mut self, problem: ProblemCode) -> Renewal {
        self.renewal_problem = Some(Problem::new(problem));
        Renewal::Ended
    }

    /// Whether D expired.
    pub(super) fn is_expired(&self) -> bool {
        self.token.is_none()
    }

    /// Why the last renewal failed.
    pub(super) fn into_renewal_problem(self) -> Option<Problem> {
        self.renewal_problem
    }

    /// Stores a new D.
    pub(super) fn renewed(&mut self, exchanged: Exchanged, now: Now) -> Renewal {
        let (fresh, renewal) = Self::new(exchanged, now);
        *self = Self { since: self.since, last_used_at: self.last_used_at, ..fresh };
        renewal
    }

    /// Handles a failed renewal. It is repeated if the problem can end without the person.
    pub(super) fn renewal_failed(&mut self, failure: ExchangeFailure, delays: &mut RetryDelays, now: Now) -> Renewal {
        let ExchangeFailure { problem, retry_after } = failure;
        let retry_after = match problem.code {
            ProblemCode::EntraPause => retry_after.max(RETRY_DELAY_FOR_ENTRA),
            _ => retry_after,
        };
        let at_waking = now.monotonic + delays.at_least(retry_after.clamp(RETRY_DELAY_AFTER_WAKING, MAX_RETRY_DELAY));
        // The delay doubles each time, so that a peer with a long outage, or one that refuses every request, gets fewer
        // requests.
        let delay = RETRY_DELAY.saturating_mul(2_u64.saturating_pow(self.failures));
        let at = at_waking.max(now.monotonic + delays.at_least(delay.min(MAX_RETRY_DELAY)));
        let renewal = if problem.code.is_retryable() { Renewal::Retry { at, at_waking } } else { Renewal::Ended };
        self.failures += 1;
        self.failed_at = Some(now);
        self.renewal_problem = Some(problem);
        renewal
    }

    /// Whether the wall clock was moved since the last failure, which a wrong clock may have caused (REP-04). Small
    /// corrections are frequent, so they do not count.
    fn clock_was_corrected(&self, now: Now) -> bool {
        self.failed_at.is_some_and(|failed_at| {
            failed_at.offset().abs_diff(now.offset()) > RETRY_DELAY || failed_at.monotonic > now.monotonic + RETRY_DELAY
        })
    }
}

impl Renewal {
    /// The schedule of the next renewal. A token that lives for less than half an hour is renewed at half its life.
    fn schedule(expires_at: UnixTime, now: Now) -> Self {
        let lifetime = expires_at.since(now.wall);
        if lifetime < MIN_LIFETIME {
            let at = now.monotonic + RETRY_DELAY;
            return Self::Retry { at, at_waking: at };
        }
        let lead = RENEWAL_LEAD_TIME.min(lifetime / 2);
        Self::Due { wall: expires_at.before(lead), monotonic: now.monotonic + lifetime - lead }
    }

    /// Whether a renewal waits for its time.
    pub(super) fn is_scheduled(&self) -> bool {
        matches!(self, Self::Due { .. } | Self::Retry { .. })
    }

    /// Whether the renewal starts now.
    pub(super) fn is_due(&self, active: &ActiveSignIn, now: Now) -> bool {
        match self {
            Self::Due { wall, monotonic } => now.wall >= *wall || now.monotonic >= *monotonic,
            Self::Retry { at, .. } => now.monotonic >= *at || active.clock_was_corrected(now),
            Self::Running(_) | Self::Ended => false,
        }
    }

    /// The page, the device or the network woke up: an outage may be over.
    pub(super) fn after_waking(self) -> Self {
        match self {
            Self::Retry { at_waking, .. } => Self::Retry { at: at_waking, at_waking },
            renewal => renewal,
        }
    }
}

/// A time of the wall clock in seconds of the monotonic clock.
fn to_monotonic(time: UnixTime, now: Now) -> u64 {
    now.monotonic.saturating_add(time.since(now.wall))
}
