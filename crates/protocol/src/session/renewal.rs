//! Renewal: a new A1, a new B, a new D, before the old D ends, for as long as the refresh token lives (24 hours for a
//! single-page app, whatever happens).

use messages::{AcsToken, Problem, ProblemCode};

use super::{
    App, Effect, Outcome, Reply, Stage,
    steps::{self, Answer, Waiting},
};
use crate::{
    exchange::Exchanged,
    id_token::Identity,
    secret::{EntraAccessToken, RefreshToken},
    token::{self, Tokens},
};

/// D is renewed when this many seconds of it are left. The Calling SDK asks at ten minutes, and asks again and again
/// if what it gets has less.
const LEAD: u64 = 15 * 60;

/// After a failure that may pass, in seconds.
const PAUSE: u64 = 30;

/// What is held while somebody is signed in.
#[derive(Debug)]
pub(super) struct Held {
    token: AcsToken,
    expires_at: u64,
    refresh: RefreshToken,
    renewal: Renewal,
    /// Why the last renewal failed.
    trouble: Option<Problem>,
}

/// Single flight by construction: it is one of these.
#[derive(Debug)]
enum Renewal {
    Due {
        at: u64,
    },
    AwaitingTokens,
    AwaitingCallerToken {
        entra: EntraAccessToken,
    },
    AwaitingExchange,
    /// Only the person can go on.
    Ended,
}

impl Held {
    pub(super) fn new(exchanged: Exchanged, refresh: RefreshToken, now: u64) -> Self {
        let Exchanged { token, expires_at } = exchanged;
        // A token that lives less than half an hour is renewed at half its life.
        let lead = LEAD.min(expires_at.saturating_sub(now) / 2);
        let renewal = Renewal::Due { at: expires_at - lead };
        Self { token, expires_at, refresh, renewal, trouble: None }
    }

    pub(super) fn token(&self) -> &AcsToken {
        &self.token
    }

    pub(super) fn expires_at(&self) -> u64 {
        self.expires_at
    }

    pub(super) fn trouble(&self) -> Option<&Problem> {
        self.trouble.as_ref()
    }

    fn failed(mut self, problem: Problem, now: u64) -> Self {
        self.renewal = if may_pass(problem.code) { Renewal::Due { at: now + PAUSE } } else { Renewal::Ended };
        self.trouble = Some(problem);
        self
    }
}

/// Time went by.
pub(super) fn tick(app: Box<App>, identity: Identity, mut held: Held, now: u64) -> (Stage, Vec<Effect>) {
    match held.renewal {
        Renewal::Due { at } if now >= at => {
            held.renewal = Renewal::AwaitingTokens;
            // Without `openid`: who it is was settled at the sign-in, and the refresh token cannot change it.
            let request = token::refresh_request(
                &app.config,
                &app.endpoints,
                &held.refresh,
                &app.config.exchange.acs_scopes().join(" "),
            );
            (Stage::SignedIn { app, identity, held }, vec![Effect::Send(Reply::Tokens, request)])
        }
        Renewal::Ended if now >= held.expires_at => (Stage::SignedOut { app, problem: held.trouble }, vec![]),
        _ => (Stage::SignedIn { app, identity, held }, vec![]),
    }
}

/// What a renewal asked for is here.
pub(super) fn done(
    mut app: Box<App>,
    identity: Identity,
    held: Held,
    outcome: Outcome,
    now: u64,
) -> (Stage, Vec<Effect>) {
    let Outcome::Answered(reply, answer) = outcome else {
        return (Stage::SignedIn { app, identity, held }, vec![]);
    };
    let (held, effects) = match (reply, &held.renewal) {
        (Reply::Tokens, Renewal::AwaitingTokens) => entra_renewed(&mut app, held, answer, now),
        (Reply::CallerToken, Renewal::AwaitingCallerToken { .. }) => {
            caller_renewed(&mut app, &identity, held, answer, now)
        }
        (Reply::Exchange, Renewal::AwaitingExchange) => (exchanged(&app, held, answer, now), vec![]),
        _ => (held, vec![]),
    };
    (Stage::SignedIn { app, identity, held }, effects)
}

fn entra_renewed(app: &mut App, held: Held, answer: Answer, now: u64) -> (Held, Vec<Effect>) {
    match steps::read_tokens(app, answer, app.config.exchange.acs_scopes()) {
        Ok(tokens) => {
            let Tokens { access_token, refresh_token, .. } = tokens;
            let refresh = refresh_token.unwrap_or(held.refresh);
            let (waiting, work) = steps::after_entra(app, access_token.into(), &refresh);
            let renewal = match waiting {
                Waiting::ForCallerToken { entra } => Renewal::AwaitingCallerToken { entra },
                Waiting::ForExchange => Renewal::AwaitingExchange,
            };
            (Held { refresh, renewal, ..held }, vec![work])
        }
        Err(problem) => (held.failed(problem, now), vec![]),
    }
}

fn caller_renewed(app: &mut App, identity: &Identity, held: Held, answer: Answer, now: u64) -> (Held, Vec<Effect>) {
    let tokens = match steps::read_caller_token(app, answer) {
        Ok(tokens) => tokens,
        Err(problem) => return (held.failed(problem, now), vec![]),
    };
    let Renewal::AwaitingCallerToken { entra } = held.renewal else { return (held, vec![]) };
    let work = steps::with_caller_token(app, identity, entra, tokens.access_token.into());
    let refresh = tokens.refresh_token.unwrap_or(held.refresh);
    (Held { refresh, renewal: Renewal::AwaitingExchange, ..held }, vec![work])
}

fn exchanged(app: &App, held: Held, answer: Answer, now: u64) -> Held {
    match steps::read_exchanged(app, answer, now) {
        Ok(exchanged) => Held::new(exchanged, held.refresh, now),
        Err(problem) => held.failed(problem, now),
    }
}

/// Whether trying again later can help without anybody doing anything here.
fn may_pass(code: ProblemCode) -> bool {
    use ProblemCode::*;
    matches!(
        code,
        AcsBusy
            | AcsRefusedService
            | AcsUnavailable
            | AuthorityUnreachable
            | EntraUnavailable
            | ExchangeBusy
            | ExchangeFailed
            | ExchangeUnreachable
    )
}
