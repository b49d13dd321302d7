//! The page's side of the messages with the portal that embeds it: which portal it accepts, and how it responds. Pure:
//! `embedded.rs` sends and receives.

use std::time::Duration;

use messages::{
    Account, AcsToken, Connect, FromPortal, PORTAL_PROTOCOL, Portal, ProblemCode, PublicProblem, Status, ToPortal,
    ViewState,
};

/// The lifetime that a portal's token must have left, in seconds. Azure's SDKs require more than ten minutes. One
/// minute is for the delivery.
const MIN_TOKEN_SECONDS: u64 = 11 * 60;

/// How long a portal's request waits for a renewal.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Added to the timer of a wait. The clock counts whole seconds, so a timer of exactly the timeout could fire within
/// the second before the wait ends.
const TIMER_MARGIN: Duration = Duration::from_secs(1);

/// Finds the configured portal with this origin. Every ancestor that the browser names must be a configured portal,
/// too: a portal can itself be in the frame of a hostile site that covers it (clickjacking: SEC-049, SEC-050).
pub(crate) fn find_portal<'a>(portals: &'a [Portal], origin: &str, ancestors: &[String]) -> Option<&'a Portal> {
    let find = |origin: &str| portals.iter().find(|portal| portal.origin == origin);
    // The first ancestor is the portal itself, whose origin the message proves. In `ancestorOrigins` it can be `null`,
    // where the frame has `referrerpolicy="no-referrer"`.
    find(origin).filter(|_| ancestors.iter().skip(1).all(|ancestor| find(ancestor).is_some()))
}

/// The time of both clocks, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// The wall clock, since 1970. It can be corrected at any time, so it is compared with tokens only (REP-04).
    pub(crate) wall: u64,
    /// The monotonic clock, for durations.
    pub(crate) monotonic: u64,
}

/// An effect that `embedded.rs` performs for a portal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PortalEffect {
    /// Send it a message.
    Send(ToPortal),
    /// Ask the vault whether the token is due for renewal, and call [`Conversation::respond`] after the timeout.
    Wake {
        /// The time until the requests that wait have timed out.
        timeout: Duration,
    },
    /// Sign the person out.
    SignOut,
    /// Restart the idle limit.
    CountActivity,
}

/// The state of the messages with one portal.
pub(crate) struct Conversation {
    receives_token: bool,
    counts_activity: bool,
    /// Adds the texts to a problem, in the person's language.
    public: fn(ProblemCode) -> PublicProblem,
    portal_view: PortalView,
    /// The ids of the token requests that wait, with their deadlines by the monotonic clock, in seconds.
    token_requests: Vec<(u32, u64)>,
    /// The ids of the sign-out requests that wait.
    sign_out_requests: Vec<u32>,
}

impl Conversation {
    /// Responds to the greeting of a configured portal.
    pub(crate) fn open(
        portal: &Portal,
        connect: &Connect,
        view_state: &ViewState,
        public: fn(ProblemCode) -> PublicProblem,
    ) -> (Self, [PortalEffect; 2]) {
        let Portal { receives_token, counts_activity, .. } = *portal;
        let portal_view = PortalView::of(view_state, receives_token, public);
        let nonce = connect.nonce.clone();
        let welcome = ToPortal::Welcome { nonce, version: PORTAL_PROTOCOL, receives_token, counts_activity };
        let effects = [PortalEffect::Send(welcome), PortalEffect::Send(portal_view.status())];
        let (token_requests, sign_out_requests) = (Vec::new(), Vec::new());
        (Self { receives_token, counts_activity, public, portal_view, token_requests, sign_out_requests }, effects)
    }

    /// Sends a changed status, and responds to the requests that the new view state answers.
    pub(crate) fn on_view_state(&mut self, view_state: &ViewState, now: Now) -> Vec<PortalEffect> {
        let before = self.portal_view.status();
        self.portal_view = PortalView::of(view_state, self.receives_token, self.public);
        let after = self.portal_view.status();
        let mut effects = Vec::new();
        if before != after {
            effects.push(PortalEffect::Send(after));
        }
        effects.extend(self.respond(now));
        effects
    }

    /// Handles a message of the portal. Any text that is not a command is ignored (SEC-045).
    pub(crate) fn on_message(&mut self, text: &str, now: Now) -> Vec<PortalEffect> {
        let mut effects = Vec::new();
        match FromPortal::parse(text) {
            Some(FromPortal::GetToken { id }) => {
                self.token_requests.push((id, now.monotonic + RENEWAL_TIMEOUT.as_secs()));
                effects.extend(self.respond(now));
                if !self.token_requests.is_empty() {
                    effects.push(PortalEffect::Wake { timeout: RENEWAL_TIMEOUT + TIMER_MARGIN });
                }
            }
            Some(FromPortal::SignOut { id }) => {
                self.sign_out_requests.push(id);
                effects.extend(self.respond(now));
                if !self.sign_out_requests.is_empty() {
                    effects.push(PortalEffect::SignOut);
                }
            }
            Some(FromPortal::Activity {}) if self.counts_activity => effects.push(PortalEffect::CountActivity),
            Some(FromPortal::Activity {}) => {}
            None => {}
        }
        effects
    }

    /// Rejects a request beyond the rate limit. Without a response its caller would wait for the SDK's timeout
    /// (REP-15).
    pub(crate) fn reject(&self, text: &str) -> Option<PortalEffect> {
        match FromPortal::parse(text)? {
            FromPortal::GetToken { id } | FromPortal::SignOut { id } => {
                Some(PortalEffect::Send(ToPortal::Failed { id, problem: (self.public)(ProblemCode::PageBusy) }))
            }
            FromPortal::Activity {} => None,
        }
    }

    /// Responds to all requests whose result is known or whose time is over.
    pub(crate) fn respond(&mut self, now: Now) -> Vec<PortalEffect> {
        let (portal_view, receives_token, public) = (&self.portal_view, self.receives_token, self.public);
        let mut sent = Vec::new();
        self.token_requests.retain(|&(id, deadline)| {
            let outcome = portal_view.token(receives_token, public, now.wall);
            let outcome = outcome.or_else(|| (deadline <= now.monotonic).then(|| Err(public(ProblemCode::TokenLate))));
            let is_done = outcome.is_some();
            sent.extend(outcome.map(|outcome| match outcome {
                Ok((token, expires_at)) => ToPortal::Token { id, token, expires_on_timestamp: expires_at * 1000 },
                Err(problem) => ToPortal::Failed { id, problem },
            }));
            !is_done
        });
        if !portal_view.has_sign_in() {
            sent.extend(self.sign_out_requests.drain(..).map(|id| ToPortal::Done { id }));
        }
        sent.into_iter().map(PortalEffect::Send).collect()
    }
}

/// The view state as a portal may see it. For a portal that does not receive the token it has no token, no account
/// and no identity in ACS (SEC-048).
struct PortalView {
    status: Status,
    account: Option<Account>,
    communication_id: Option<String>,
    problem: Option<PublicProblem>,
    token: Option<(AcsToken, u64)>,
}

impl PortalView {
    fn of(view_state: &ViewState, receives_token: bool, public: fn(ProblemCode) -> PublicProblem) -> Self {
        let (status, problem) = match view_state {
            ViewState::Starting => (Status::Starting, None),
            ViewState::Stopped { problem } => (Status::Stopped, Some(problem)),
            ViewState::SignedOut { problem, .. } => (Status::SignedOut, problem.as_ref()),
            ViewState::Leaving | ViewState::AtWindow | ViewState::SigningIn { .. } => (Status::SigningIn, None),
            ViewState::SignedIn { renewal_problem, .. } => (Status::SignedIn, renewal_problem.as_ref()),
        };
        let (account, communication_id, token) = match view_state {
            ViewState::SignedIn { account, communication_id, token, expires_at, .. } if receives_token => {
                (account.clone(), communication_id.clone(), token.clone().map(|token| (token, *expires_at)))
            }
            _ => (None, None, None),
        };
        Self { status, account, communication_id, problem: problem.map(|problem| public(problem.code)), token }
    }

    fn status(&self) -> ToPortal {
        ToPortal::Status {
            status: self.status,
            account: self.account.clone(),
            communication_id: self.communication_id.clone(),
            problem: self.problem.clone(),
        }
    }

    fn has_sign_in(&self) -> bool {
        matches!(self.status, Status::SigningIn | Status::SignedIn)
    }

    /// The token with its expiry, if it is valid for long enough, or why there is no such token. `None` while a renewal
    /// can still succeed.
    fn token(
        &self,
        receives_token: bool,
        public: fn(ProblemCode) -> PublicProblem,
        now: u64,
    ) -> Option<Result<(AcsToken, u64), PublicProblem>> {
        let refuse = |code| Some(Err(public(code)));
        if !receives_token {
            return refuse(ProblemCode::TokenWithheld);
        }
        if self.status != Status::SignedIn {
            return self
                .problem
                .clone()
                .filter(|_| self.status == Status::Stopped)
                .map_or_else(|| refuse(ProblemCode::NotSignedIn), |problem| Some(Err(problem)));
        }
        match &self.token {
            Some((token, expires_at)) if expires_at.saturating_sub(now) > MIN_TOKEN_SECONDS => {
                Some(Ok((token.clone(), *expires_at)))
            }
            // While a renewal can still succeed, there is no problem.
            _ => self.problem.clone().map(Err),
        }
    }
}

/// A token bucket for messages: a burst, then one message per second. Times are seconds of the monotonic clock.
pub(crate) struct RateLimit {
    left: u64,
    since: u64,
}

impl RateLimit {
    const MAX_BURST: u64 = 20;

    pub(crate) fn new(now: u64) -> Self {
        Self { left: Self::MAX_BURST, since: now }
    }

    /// Whether one more message is allowed now. It then counts.
    pub(crate) fn allows(&mut self, now: u64) -> bool {
        self.left = Self::MAX_BURST.min(self.left + now.saturating_sub(self.since));
        self.since = now;
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests;
