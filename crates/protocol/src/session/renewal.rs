//! Renewal: a new A1, a new B, a new D, before the old D ends, for as long as the refresh token lives, and for 24 hours at
//! most: so long Entra's live for a single-page app, and others' are to do the same.

use messages::{Account, AcsToken, Problem, ProblemCode, ViewState};

use super::{
    App, Effect, Next, Now, Outcome, RequestKind, Site, Stage,
    pauses::Pauses,
    signed_out,
    steps::{self, PendingExchange},
};
use crate::{
    config::{Config, LONGEST_SIGN_IN},
    exchange::Exchanged,
    http::{Failure, Response},
    id_token::Identity,
    secret::RefreshToken,
    token::{self, Tokens},
};

/// D is renewed when this many seconds of it are left. The Calling SDK asks at ten minutes, and asks again and again
/// if what it gets has less.
const LEAD: u64 = 15 * 60;

/// After a failure that may pass, in seconds, unless the peer asks for more.
const PAUSE: u64 = 30;

/// The same where somebody has come back to the page, or the network to it.
const PAUSE_AT_WAKING: u64 = 10;

/// What Entra's detection of loops (AADSTS50196) wants: it counts equal requests over about five minutes.
const PAUSE_FOR_ENTRA: u64 = 5 * 60;

/// A token with less life than this is as good as spent: to ask for the next one at once could go on for ever.
const SPENT: u64 = 15;

/// Whatever a peer asks for; with [`Pauses`] it is a quarter of an hour at most.
const LONGEST_PAUSE: u64 = 10 * 60;

/// A sign-in that is complete: the token, and what its renewal needs.
#[derive(Debug)]
pub(super) struct ActiveSignIn {
    /// Dropped when it ends, if it could not be renewed by then.
    token: Option<AcsToken>,
    /// By the wall clock.
    expires_at: u64,
    /// The same by the monotonic clock: whichever is there first ends the token.
    ends: u64,
    communication_id: Option<String>,
    refresh: RefreshToken,
    renewal: Renewal,
    /// Why the last renewal failed.
    trouble: Option<Problem>,
    /// How many have failed since the last that did not, and when the last did.
    failures: u32,
    failed_at: Option<Now>,
    /// When the person signed in.
    since: Now,
    /// When somebody last used the page.
    touched_at: Now,
}

/// Single flight by construction: it is one of these.
#[derive(Debug)]
enum Renewal {
    /// Before the token ends, by whichever clock is there first.
    Due {
        wall: u64,
        steady: u64,
    },
    /// After a pause, by the monotonic clock.
    Again {
        at: u64,
        /// From when on a page that wakes up need not wait any longer.
        at_waking: u64,
    },
    AwaitingTokens,
    AwaitingCallerToken {
        pending_exchange: PendingExchange,
    },
    AwaitingExchange,
    /// Only the person can go on.
    Ended,
}

impl ActiveSignIn {
    pub(super) fn new(exchanged: Exchanged, refresh: RefreshToken, now: Now) -> Self {
        let Exchanged { token, expires_at, communication_id } = exchanged;
        let renewal = Renewal::before(expires_at, now);
        Self {
            token: Some(token),
            expires_at,
            ends: ends(expires_at, now),
            communication_id,
            refresh,
            renewal,
            trouble: None,
            failures: 0,
            failed_at: None,
            since: now,
            touched_at: now,
        }
    }

    pub(super) fn touched(self, now: Now) -> Self {
        Self { touched_at: self.touched_at.later(now), ..self }
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
            expires_at: self.expires_at,
            trouble: self.trouble.clone(),
        }
    }

    /// Somebody looks at the page again, or the network is back: an outage may be over.
    pub(super) fn woken(mut self) -> Self {
        if let Renewal::Again { at, at_waking } = &mut self.renewal {
            *at = *at_waking;
        }
        self
    }

    fn renewed(self, exchanged: Exchanged, now: Now) -> Self {
        let Exchanged { token, expires_at, communication_id } = exchanged;
        Self {
            token: Some(token),
            expires_at,
            ends: ends(expires_at, now),
            communication_id,
            renewal: Renewal::before(expires_at, now),
            trouble: None,
            failures: 0,
            failed_at: None,
            ..self
        }
    }

    fn failed(mut self, problem: Problem, retry_after: u64, pauses: &mut Pauses, now: Now) -> Self {
        let retry_after = match problem.code {
            ProblemCode::EntraPause => retry_after.max(PAUSE_FOR_ENTRA),
            _ => retry_after,
        };
        // Twice as long each time: a peer that is down for long, or refuses us all, is not asked twice a minute for a day.
        let at_waking = now.steady + pauses.at_least(retry_after.clamp(PAUSE_AT_WAKING, LONGEST_PAUSE));
        let pause = PAUSE.saturating_mul(2_u64.saturating_pow(self.failures));
        let at = at_waking.max(now.steady + pauses.at_least(pause.min(LONGEST_PAUSE)));
        self.failures += 1;
        self.failed_at = Some(now);
        self.renewal = if problem.code.may_pass() { Renewal::Again { at, at_waking } } else { Renewal::Ended };
        self.trouble = Some(problem);
        self
    }

    /// Whether a renewal is to begin.
    fn is_due(&self, now: Now) -> bool {
        match self.renewal {
            Renewal::Due { wall, steady } => now.wall >= wall || now.steady >= steady,
            Renewal::Again { at, .. } => now.steady >= at || self.clock_was_corrected(now),
            _ => false,
        }
    }

    /// Whether the wall clock was moved since the last failure, which may be one of the wrong clock (REP-04). Clocks are set a
    /// little all the time.
    fn clock_was_corrected(&self, now: Now) -> bool {
        self.failed_at.is_some_and(|failed_at| {
            failed_at.offset().abs_diff(now.offset()) > PAUSE || failed_at.steady > now.steady + PAUSE
        })
    }

    /// Why the sign-in is over by the configuration, if it is (SEC-025).
    fn over(&self, config: &Config, now: Now) -> Option<ProblemCode> {
        let idle = config.idle_limit.is_some_and(|limit| now.since(self.touched_at) >= limit);
        let too_long = config.absolute_limit.is_some_and(|limit| now.since(self.since) >= limit);
        match (idle, too_long) {
            (true, _) => Some(ProblemCode::IdleTooLong),
            (false, true) => Some(ProblemCode::SignInTooLong),
            (false, false) => None,
        }
    }
}

impl Renewal {
    /// A token that lives less than half an hour is renewed at half its life.
    fn before(expires_at: u64, now: Now) -> Self {
        let life = expires_at.saturating_sub(now.wall);
        if life < SPENT {
            let at = now.steady + PAUSE;
            return Self::Again { at, at_waking: at };
        }
        let lead = LEAD.min(life / 2);
        Self::Due { wall: expires_at - lead, steady: now.steady + life - lead }
    }
}

fn ends(expires_at: u64, now: Now) -> u64 {
    now.steady.saturating_add(expires_at.saturating_sub(now.wall))
}

/// Time went by.
pub(super) fn tick(site: &mut Site, app: Box<App>, identity: Identity, mut active: ActiveSignIn, now: Now) -> Next {
    // By a clock that was set back a limit begins anew, at most.
    active.since = active.since.earlier(now);
    active.touched_at = active.touched_at.earlier(now);
    if let Some(over) = active.over(&site.config, now) {
        let effects = site.forget_who().into_iter().collect();
        let (stage, _) = signed_out(Problem::new(over));
        return (stage, effects);
    }
    if now.wall >= active.expires_at || now.steady >= active.ends {
        active.token = None;
    }
    let is_awaited = matches!(active.renewal, Renewal::Due { .. } | Renewal::Again { .. });
    if is_awaited && now.since(active.since) >= LONGEST_SIGN_IN {
        active.renewal = Renewal::Ended;
        active.trouble = Some(Problem::new(ProblemCode::SignInEnded));
    }
    match active.renewal {
        _ if active.is_due(now) => {
            active.renewal = Renewal::AwaitingTokens;
            // Without `openid`: who it is was settled at the sign-in, and the refresh token cannot change it.
            let scopes = app.application.acs_scopes().join(" ");
            let request = token::refresh_request(&app.application, &app.endpoints, &active.refresh, &scopes);
            (Stage::SignedIn { app, identity, active }, vec![Effect::Send(RequestKind::Tokens, request)])
        }
        Renewal::Ended if active.token.is_none() => {
            (Stage::SignedOut { problem: active.trouble, notice: None }, vec![])
        }
        _ => (Stage::SignedIn { app, identity, active }, vec![]),
    }
}

/// What a renewal asked for is here.
pub(super) fn done(
    site: &mut Site,
    app: Box<App>,
    identity: Identity,
    active: ActiveSignIn,
    outcome: Outcome,
    now: Now,
) -> Next {
    let (active, effects) = match (outcome, active.renewal) {
        (Outcome::Answered(RequestKind::Tokens, response), renewal @ Renewal::AwaitingTokens) => {
            entra_renewed(site, &app, &identity, ActiveSignIn { renewal, ..active }, response, now)
        }
        (Outcome::Answered(RequestKind::CallerToken, response), Renewal::AwaitingCallerToken { pending_exchange }) => {
            let active = ActiveSignIn { renewal: Renewal::AwaitingExchange, ..active };
            caller_renewed(site, &app, &identity, active, pending_exchange, response, now)
        }
        (Outcome::CallerToken(caller), Renewal::AwaitingCallerToken { pending_exchange }) => {
            let active = ActiveSignIn { renewal: Renewal::AwaitingExchange, ..active };
            match caller {
                Some(caller) => (active, vec![pending_exchange.exchange(&app, &identity, caller)]),
                None => (active.failed(Problem::new(ProblemCode::PortalSilent), 0, &mut site.pauses, now), vec![]),
            }
        }
        (Outcome::Answered(RequestKind::Exchange, response), renewal @ Renewal::AwaitingExchange) => {
            (exchanged(site, &app, ActiveSignIn { renewal, ..active }, response, now), vec![])
        }
        (_, renewal) => (ActiveSignIn { renewal, ..active }, vec![]),
    };
    (Stage::SignedIn { app, identity, active }, effects)
}

fn entra_renewed(
    site: &mut Site,
    app: &App,
    identity: &Identity,
    active: ActiveSignIn,
    response: Result<Response, Failure>,
    now: Now,
) -> (ActiveSignIn, Vec<Effect>) {
    let retry_after = retry_after(&response);
    match steps::read_refreshed(site, app, identity, response, app.application.acs_scopes()) {
        Ok(tokens) => {
            let Tokens { access_token, refresh_token, .. } = tokens;
            let refresh = refresh_token.unwrap_or(active.refresh);
            let (pending_exchange, work) = steps::after_entra(app, access_token.into(), &refresh);
            let renewal = match pending_exchange {
                Some(pending_exchange) => Renewal::AwaitingCallerToken { pending_exchange },
                None => Renewal::AwaitingExchange,
            };
            (ActiveSignIn { refresh, renewal, ..active }, vec![work])
        }
        Err(problem) => (active.failed(problem, retry_after, &mut site.pauses, now), vec![]),
    }
}

fn caller_renewed(
    site: &mut Site,
    app: &App,
    identity: &Identity,
    active: ActiveSignIn,
    pending_exchange: PendingExchange,
    response: Result<Response, Failure>,
    now: Now,
) -> (ActiveSignIn, Vec<Effect>) {
    let retry_after = retry_after(&response);
    match steps::read_caller_token(site, app, identity, response) {
        Ok(Tokens { access_token, refresh_token, .. }) => {
            let work = pending_exchange.exchange(app, identity, access_token.into());
            let refresh = refresh_token.unwrap_or(active.refresh);
            (ActiveSignIn { refresh, ..active }, vec![work])
        }
        Err(problem) => (active.failed(problem, retry_after, &mut site.pauses, now), vec![]),
    }
}

fn exchanged(
    site: &mut Site,
    app: &App,
    active: ActiveSignIn,
    response: Result<Response, Failure>,
    now: Now,
) -> ActiveSignIn {
    let retry_after = retry_after(&response);
    match steps::read_exchanged(site, app, response, now) {
        Ok(exchanged) => active.renewed(exchanged, now),
        Err(problem) => active.failed(problem, retry_after, &mut site.pauses, now),
    }
}

/// What the peer asks for, in seconds.
fn retry_after(response: &Result<Response, Failure>) -> u64 {
    response.as_ref().ok().and_then(|Response { retry_after, .. }| *retry_after).unwrap_or(0)
}
