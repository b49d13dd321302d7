//! The page's part of the conversation with the portal that embeds it: whom it believes, what it says, what it answers.
//! Pure; `embedded.rs` carries the texts.

use std::time::Duration;

use messages::{
    Account, AcsToken, Connect, FromPortal, PORTAL_PROTOCOL, Portal, Problem, ProblemCode, PublicProblem, Status,
    ToPortal, ViewState,
};

/// What a portal's token still has to live, in seconds. Azure's SDKs want more than ten minutes; the minute is for the way.
const ENOUGH_LIFE: u64 = 11 * 60;

/// How long a portal waits for a renewal.
const PATIENCE: Duration = Duration::from_secs(30);

/// The clock tells whole seconds, and a timer may be early by a part of one: it is set so that by then the wait is over.
const A_SECOND: Duration = Duration::from_secs(1);

/// The portal in whose frame the page stands, if it is configured. Every ancestor that the browser names has to be, too: a
/// portal may itself be in the frame of a hostile site that covers it with another picture (SEC-049, SEC-050).
pub(crate) fn known<'a>(portals: &'a [Portal], origin: &str, ancestors: &[String]) -> Option<&'a Portal> {
    let known = |origin: &str| portals.iter().find(|portal| portal.origin == origin);
    // The first is the portal's own, which `origin` tells better: where its frame asks for no referrer, it is masked.
    known(origin).filter(|_| ancestors.iter().skip(1).all(|ancestor| known(ancestor).is_some()))
}

/// What both clocks show, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// The wall clock, since 1970. It may be corrected at any time, so it is compared with tokens only (REP-04).
    pub(crate) wall: u64,
    /// The monotonic clock, for durations.
    pub(crate) steady: u64,
}

/// What the page does for a portal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PortalEffect {
    /// Send it a message.
    Send(ToPortal),
    /// Let the vault look whether the token is to be renewed, and answer after this time whoever still waits.
    Wake {
        /// It.
        patience: Duration,
    },
    /// Sign the person out.
    SignOut,
    /// Restart the idle limit.
    CountActivity,
}

/// What was said between the page and one portal.
pub(crate) struct Conversation {
    receives_token: bool,
    counts_activity: bool,
    /// What the portal may know.
    present: Present,
    /// Who asked for a token, and until when they wait by the monotonic clock.
    waiting: Vec<(u32, u64)>,
    /// Who asked for a sign-out.
    leaving: Vec<u32>,
}

impl Conversation {
    /// Answers a greeting of a known portal.
    pub(crate) fn open(portal: &Portal, connect: &Connect, view_state: &ViewState) -> (Self, [PortalEffect; 2]) {
        let Portal { receives_token, counts_activity, .. } = *portal;
        let present = Present::of(view_state, receives_token);
        let nonce = connect.nonce.clone();
        let welcome = ToPortal::Welcome { nonce, version: PORTAL_PROTOCOL, receives_token, counts_activity };
        let effects = [PortalEffect::Send(welcome), PortalEffect::Send(present.status())];
        (Self { receives_token, counts_activity, present, waiting: Vec::new(), leaving: Vec::new() }, effects)
    }

    /// The sign-in went on.
    pub(crate) fn on_view_state(&mut self, view_state: &ViewState, now: Now) -> Vec<PortalEffect> {
        let before = self.present.status();
        self.present = Present::of(view_state, self.receives_token);
        let after = self.present.status();
        let mut effects = Vec::new();
        if before != after {
            effects.push(PortalEffect::Send(after));
        }
        effects.extend(self.answer(now));
        effects
    }

    /// The portal said something. What is not a command is not heard (SEC-045).
    pub(crate) fn on_message(&mut self, text: &str, now: Now) -> Vec<PortalEffect> {
        let mut effects = Vec::new();
        match FromPortal::parse(text) {
            Some(FromPortal::GetToken { id }) => {
                self.waiting.push((id, now.steady + PATIENCE.as_secs()));
                effects.extend(self.answer(now));
                if !self.waiting.is_empty() {
                    effects.push(PortalEffect::Wake { patience: PATIENCE + A_SECOND });
                }
            }
            Some(FromPortal::SignOut { id }) => {
                self.leaving.push(id);
                effects.extend(self.answer(now));
                if !self.leaving.is_empty() {
                    effects.push(PortalEffect::SignOut);
                }
            }
            Some(FromPortal::Activity {}) if self.counts_activity => effects.push(PortalEffect::CountActivity),
            Some(FromPortal::Activity {}) => {}
            None => {}
        }
        effects
    }

    /// Refuses a question that exceeds the rate limit. Without an answer its caller would wait for the SDK's timeout.
    pub(crate) fn refuse(text: &str) -> Option<PortalEffect> {
        match FromPortal::parse(text)? {
            FromPortal::GetToken { id } | FromPortal::SignOut { id } => {
                let problem = PublicProblem::from(&Problem::new(ProblemCode::PageBusy));
                Some(PortalEffect::Send(ToPortal::Failed { id, problem }))
            }
            FromPortal::Activity {} => None,
        }
    }

    /// Answers whom it can, and whoever has waited long enough.
    pub(crate) fn answer(&mut self, now: Now) -> Vec<PortalEffect> {
        let (present, receives_token) = (&self.present, self.receives_token);
        let mut sent = Vec::new();
        self.waiting.retain(|&(id, until)| {
            let outcome = present.token(receives_token, now.wall).or_else(|| {
                let late = Problem::new(ProblemCode::TokenLate);
                (until <= now.steady).then(|| Err(PublicProblem::from(&late)))
            });
            let is_answered = outcome.is_some();
            sent.extend(outcome.map(|outcome| match outcome {
                Ok((token, expires_at)) => ToPortal::Token { id, token, expires_on_timestamp: expires_at * 1000 },
                Err(problem) => ToPortal::Failed { id, problem },
            }));
            !is_answered
        });
        if !present.has_sign_in() {
            sent.extend(self.leaving.drain(..).map(|id| ToPortal::Done { id }));
        }
        sent.into_iter().map(PortalEffect::Send).collect()
    }
}

/// The view state as a portal may see it. For a portal that does not receive the token it has no token and no account.
struct Present {
    status: Status,
    account: Option<Account>,
    problem: Option<PublicProblem>,
    token: Option<(AcsToken, u64)>,
}

impl Present {
    fn of(view_state: &ViewState, receives_token: bool) -> Self {
        let (status, problem) = match view_state {
            ViewState::Starting => (Status::Starting, None),
            ViewState::Stopped { problem } => (Status::Stopped, Some(problem)),
            ViewState::SignedOut { problem, .. } => (Status::SignedOut, problem.as_ref()),
            ViewState::Leaving | ViewState::AtWindow | ViewState::SigningIn { .. } => (Status::SigningIn, None),
            ViewState::SignedIn { trouble, .. } => (Status::SignedIn, trouble.as_ref()),
        };
        let (account, token) = match view_state {
            ViewState::SignedIn { account, token, expires_at, .. } if receives_token => {
                (account.clone(), token.clone().map(|token| (token, *expires_at)))
            }
            _ => (None, None),
        };
        Self { status, account, problem: problem.map(PublicProblem::from), token }
    }

    fn status(&self) -> ToPortal {
        ToPortal::Status { status: self.status, account: self.account.clone(), problem: self.problem }
    }

    fn has_sign_in(&self) -> bool {
        matches!(self.status, Status::SigningIn | Status::SignedIn)
    }

    /// A token that lives long enough, or why there is none; nothing while one may still come.
    fn token(&self, receives_token: bool, now: u64) -> Option<Result<(AcsToken, u64), PublicProblem>> {
        let refuse = |code| Some(Err(PublicProblem::from(&Problem::new(code))));
        if !receives_token {
            return refuse(ProblemCode::TokenWithheld);
        }
        if self.status != Status::SignedIn {
            return self
                .problem
                .filter(|_| self.status == Status::Stopped)
                .map_or_else(|| refuse(ProblemCode::NotSignedIn), |problem| Some(Err(problem)));
        }
        match &self.token {
            Some((token, expires_at)) if expires_at.saturating_sub(now) > ENOUGH_LIFE => {
                Some(Ok((token.clone(), *expires_at)))
            }
            // A renewal that may still succeed is no trouble.
            _ => self.problem.map(Err),
        }
    }
}

/// How much may be said around a frame: a burst, then one text a second, by the monotonic clock.
pub(crate) struct Allowance {
    left: u64,
    since: u64,
}

impl Allowance {
    const BURST: u64 = 20;

    pub(crate) fn full(steady: u64) -> Self {
        Self { left: Self::BURST, since: steady }
    }

    pub(crate) fn spend(&mut self, steady: u64) -> bool {
        self.left = Self::BURST.min(self.left + steady.saturating_sub(self.since));
        self.since = steady;
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests;
