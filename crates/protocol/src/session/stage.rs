//! Where a sign-in stands, and which function handles an event in that stage.

use messages::{NoWindow, Notice, Opening, Problem, ProblemCode, RedactedText, Step, ViewState};

use super::{
    App, Effect, Event, Keys, Now, Outcome, Redeemed, RequestKind, Site,
    begin::{self, NextStep},
    consent,
    guest::{self, Guest},
    renewal::{self, ActiveSignIn},
    steps::{self, PendingExchange},
    transaction::Pending,
    window_flow::{self, Mailbox},
};
use crate::{
    config::Application,
    id_token::Identity,
    pkce::{Entropy, Nonce},
    secret::RefreshToken,
};

/// The next stage, and the effects to perform.
pub(super) type Next = (Stage, Vec<Effect>);

/// Where a sign-in stands. Each variant owns what this stage may know, and nothing else.
#[derive(Debug)]
pub(super) enum Stage {
    /// `config.json` is awaited.
    Configuring { opening: Opening, entropy: Entropy },
    /// No token is held and nothing is in flight. The person can sign in.
    SignedOut { problem: Option<Problem>, notice: Option<Notice> },
    /// The discovery document of the authority is awaited.
    Discovering { profile: usize, application: Application, next_step: NextStep },
    /// The browser leaves for the authority.
    Leaving,
    /// The reservation of a return mailbox is awaited, since this monotonic second.
    Reserving { app: Box<App>, pending: Pending, url: String, since: u64 },
    /// The authorization response is awaited from the sign-in window or the return mailbox, since this monotonic second.
    AtWindow { app: Box<App>, pending: Pending, mailbox: Option<Mailbox>, since: u64 },
    /// The response to the authorization code is awaited. The authority's keys are fetched at the same time.
    Redeeming { app: Box<App>, nonce: Nonce, keys: Keys },
    /// The tokens have arrived; the authority's keys are awaited.
    AwaitingKeys { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    /// The result of the ID token's signature check is awaited.
    CheckingSignature { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    /// The ID token is valid; B is awaited.
    Authorizing { app: Box<App>, identity: Identity, pending_exchange: PendingExchange, refresh: RefreshToken },
    /// D is awaited.
    Exchanging { app: Box<App>, identity: Identity, refresh: RefreshToken },
    /// The person is signed in. D is renewed in this stage, too.
    SignedIn { app: Box<App>, identity: Identity, active: ActiveSignIn },
    /// D of a new guest is awaited.
    AskingForGuest,
    /// A guest is signed in.
    Guest { guest: Guest },
    /// The page cannot be used until it is loaded again.
    Stopped { problem: Problem },
}

impl Stage {
    /// What the page shows. `by_window` is [`Site::by_window`].
    pub(super) fn view_state(&self, by_window: bool) -> ViewState {
        let signing_in = |app: &App, step| {
            let of_a_backend = app.application.exchange.wants_a_caller().then_some(Step::Authorizing);
            let steps = [Some(Step::Redeeming), Some(Step::Checking), of_a_backend, Some(Step::Exchanging)];
            ViewState::SigningIn { step, steps: steps.into_iter().flatten().collect() }
        };
        match self {
            Self::Configuring { .. } => ViewState::Starting,
            Self::SignedOut { problem, notice, .. } => {
                ViewState::SignedOut { problem: problem.clone(), notice: *notice }
            }
            Self::Discovering { next_step: NextStep::Return { .. }, .. } => ViewState::Starting,
            Self::Discovering { next_step: NextStep::Leave { .. }, .. } if by_window => ViewState::AtWindow,
            Self::Discovering { .. } | Self::Leaving => ViewState::Leaving,
            Self::Reserving { .. } | Self::AtWindow { .. } => ViewState::AtWindow,
            Self::Redeeming { app, .. } => signing_in(app, Step::Redeeming),
            Self::AwaitingKeys { app, .. } | Self::CheckingSignature { app, .. } => signing_in(app, Step::Checking),
            Self::Authorizing { app, .. } => signing_in(app, Step::Authorizing),
            Self::Exchanging { app, .. } => signing_in(app, Step::Exchanging),
            Self::AskingForGuest => ViewState::SigningIn { step: Step::Exchanging, steps: vec![Step::Exchanging] },
            Self::Guest { guest } => guest.view_state(),
            Self::SignedIn { identity, active, .. } => active.view_state(identity),
            Self::Stopped { problem } => ViewState::Stopped { problem: problem.clone() },
        }
    }

    /// An event before the configuration is known. The first [`Site`] comes with the stage that follows.
    pub(super) fn start(self, event: Event, now: Now) -> (Option<Site>, Next) {
        let Self::Configuring { mut opening, entropy } = self else { return (None, (self, vec![])) };
        match event {
            Event::Done { outcome: Outcome::Answered(RequestKind::Config, response), .. } => {
                return begin::configured(opening, &entropy, response, now);
            }
            Event::Hint(hint) => opening.hint = hint.sanitized(),
            Event::Forget => opening.remembered = None,
            _ => {}
        }
        (None, (Self::Configuring { opening, entropy }, vec![]))
    }

    /// An event of the current attempt.
    pub(super) fn update(self, site: &mut Site, event: Event, now: Now) -> Next {
        match event {
            Event::Done { outcome, .. } => self.done(site, outcome, now),
            Event::SignIn { profile, choose_account, entropy } if self.accepts_sign_in() => {
                self.release(site);
                begin::sign_in(site, profile.as_deref(), choose_account, &entropy, now)
            }
            Event::GrantConsent { profile, registered, entropy } if self.accepts_sign_in() => {
                self.release(site);
                consent::leave(site, &profile, registered, &entropy, now)
            }
            // A click that comes too early or twice ends no attempt: what is in flight must still be able to arrive.
            Event::SignIn { .. } | Event::GrantConsent { .. } => (self, vec![]),
            Event::SignOut => self.sign_out(site),
            Event::Forget => self.forget(site),
            Event::Answer(answer) => self.answer(site, &answer),
            Event::NoWindow(reason) => self.without_window(reason),
            Event::StorageBlocked => self.storage_blocked(),
            // It counts for the next sign-in, since the request of a sign-in in flight is already sent.
            Event::Hint(hint) => {
                site.hint = hint.sanitized();
                // It may name another person than the last one.
                site.home = None;
                (self, vec![])
            }
            Event::Active => {
                // First the limits: activity does not revive a sign-in that is over.
                let (stage, effects) = self.tick(site, now);
                (stage.touched(now), effects)
            }
            Event::Awake => self.awake(site, now),
            Event::Tick => self.tick(site, now),
        }
    }

    /// Whether this event begins a new attempt, so that outcomes of the last one are ignored.
    pub(super) fn begins_attempt(&self, event: &Event) -> bool {
        match event {
            Event::SignIn { .. } | Event::GrantConsent { .. } => self.accepts_sign_in(),
            Event::SignOut | Event::Forget => self.can_be_signed_out(),
            _ => false,
        }
    }

    /// An outcome. One that this stage does not await belongs to something that is over, and is ignored.
    fn done(self, site: &mut Site, outcome: Outcome, now: Now) -> Next {
        use Outcome::{Answered, CallerToken, SignatureChecked};
        match (self, outcome) {
            (Self::Discovering { profile, application, next_step }, Answered(RequestKind::Discovery, result)) => {
                begin::discovered(site, profile, application, next_step, result, now)
            }
            (Self::Reserving { app, pending, url, since }, Answered(RequestKind::MailboxReservation, result)) => {
                window_flow::reserved(site, app, pending, url, since, result, now)
            }
            (
                Self::AtWindow { app, pending, mailbox: Some(mailbox), since },
                Answered(RequestKind::MailboxPoll, result),
            ) => window_flow::mailbox_polled(site, app, pending, mailbox, since, result, now),
            (Self::Redeeming { app, nonce, keys }, Answered(RequestKind::Tokens, result)) => {
                steps::redeemed(site, app, nonce, keys, result)
            }
            (Self::Redeeming { app, nonce, .. }, Answered(RequestKind::Keys, result)) => {
                steps::keys_before_tokens(app, nonce, result)
            }
            (Self::AwaitingKeys { app, nonce, redeemed }, Answered(RequestKind::Keys, result)) => {
                steps::keys_after_tokens(app, nonce, redeemed, result)
            }
            (Self::CheckingSignature { app, nonce, redeemed }, SignatureChecked(good)) => {
                steps::signature_checked(site, app, nonce, redeemed, good, now)
            }
            (
                Self::Authorizing { app, identity, pending_exchange, refresh },
                Answered(RequestKind::CallerToken, result),
            ) => steps::authorized(site, app, identity, pending_exchange, refresh, result),
            (Self::Authorizing { app, identity, pending_exchange, refresh }, CallerToken(caller)) => {
                steps::authorized_by_portal(app, identity, pending_exchange, refresh, caller)
            }
            (Self::Exchanging { app, identity, refresh }, Answered(RequestKind::Exchange, result)) => {
                steps::exchanged(site, app, identity, refresh, result, now)
            }
            (Self::SignedIn { app, identity, active }, outcome) => {
                renewal::done(site, app, identity, active, outcome, now)
            }
            (Self::AskingForGuest, Answered(RequestKind::Exchange, result)) => guest::exchanged(result, now),
            (stage, _) => (stage, vec![]),
        }
    }

    /// Whether a sign-out ends something: a sign-in, in flight or complete.
    fn can_be_signed_out(&self) -> bool {
        !matches!(self, Self::Configuring { .. } | Self::SignedOut { .. } | Self::Stopped { .. })
    }

    /// Whether a person can start a new sign-in: nothing is in flight that it would interrupt.
    fn accepts_sign_in(&self) -> bool {
        matches!(self, Self::SignedOut { .. } | Self::Guest { .. } | Self::SignedIn { .. })
    }

    /// Drops what this stage holds. The next sign-in prefers the profile of the last one.
    fn release(self, site: &mut Site) {
        if let Self::SignedIn { app, .. } = self {
            site.pick(app.profile);
        }
    }

    /// Drops everything first; then ends the person's session at the authority, if there is one.
    fn sign_out(self, site: &mut Site) -> Next {
        let Self::SignedIn { app, identity, .. } = self else { return self.cancel(None) };
        // After a sign-out, the next click must not sign the same account in without a question.
        site.next.choose_account = true;
        let leave = app.end_session_url(site, &identity).map(|url| Effect::Leave { url, transaction: None });
        let effects = site.forget_who().into_iter().chain(leave).collect();
        (Self::SignedOut { problem: None, notice: None }, effects)
    }

    /// The person signed out in another tab, which ended the session at the authority, too.
    fn forget(self, site: &mut Site) -> Next {
        site.next.choose_account = true;
        let forgotten = site.forget_who();
        let (stage, effects) = self.cancel(Some(Notice::SignedOutElsewhere));
        (stage, forgotten.into_iter().chain(effects).collect())
    }

    /// Ends a sign-in, in flight or complete, and drops all that it held.
    fn cancel(self, notice: Option<Notice>) -> Next {
        let effects = match self {
            Self::AtWindow { mailbox, .. } => window_flow::release(mailbox).into_iter().collect(),
            stage if stage.can_be_signed_out() => vec![],
            stage => return (stage, vec![]),
        };
        (Self::SignedOut { problem: None, notice }, effects)
    }

    fn answer(self, site: &mut Site, answer: &RedactedText) -> Next {
        match self {
            Self::AtWindow { app, pending, mailbox, since } => {
                window_flow::answered(site, app, pending, mailbox, since, answer.expose())
            }
            stage => (stage, vec![]),
        }
    }

    fn without_window(self, reason: NoWindow) -> Next {
        match self {
            Self::Discovering { next_step: NextStep::Leave { .. }, .. } | Self::Reserving { .. } => {
                signed_out(window_flow::problem(reason))
            }
            Self::AtWindow { mailbox, .. } => window_flow::over(mailbox, window_flow::problem(reason)),
            stage => (stage, vec![]),
        }
    }

    fn storage_blocked(self) -> Next {
        match self {
            Self::Leaving => signed_out(Problem::new(ProblemCode::StorageBlocked)),
            stage => (stage, vec![]),
        }
    }

    fn touched(self, now: Now) -> Self {
        match self {
            Self::SignedIn { app, identity, active } => Self::SignedIn { app, identity, active: active.touched(now) },
            stage => stage,
        }
    }

    fn awake(self, site: &mut Site, now: Now) -> Next {
        match self {
            Self::SignedIn { app, identity, active } => renewal::tick(site, app, identity, active.woken(), now),
            stage => stage.tick(site, now),
        }
    }

    fn tick(self, site: &mut Site, now: Now) -> Next {
        match self {
            Self::SignedIn { app, identity, active } => renewal::tick(site, app, identity, active, now),
            Self::AtWindow { app, pending, mailbox, since } => window_flow::tick(app, pending, mailbox, since, now),
            Self::Guest { guest } => (guest.tick(now), vec![]),
            stage => (stage, vec![]),
        }
    }
}

/// The signed-out state without a problem.
pub(super) fn signed_out_without_error(notice: Option<Notice>) -> Next {
    (Stage::SignedOut { problem: None, notice }, vec![])
}

/// The signed-out state with the reason why the sign-in ended.
pub(super) fn signed_out(problem: Problem) -> Next {
    (Stage::SignedOut { problem: Some(problem), notice: None }, vec![])
}
