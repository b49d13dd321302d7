//! Where a sign-in stands, and which function is next for what happens there.

use messages::{Hint, NoWindow, Notice, Opening, Problem, ProblemCode, RedactedText, Step, ViewState};

use super::{
    App, Effect, Keys, Now, Outcome, Redeemed, RequestKind, Site,
    begin::{self, NextStep},
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

/// The next stage, and the work that it asks for.
pub(super) type Next = (Stage, Vec<Effect>);

/// Named for what it awaits.
#[derive(Debug)]
pub(super) enum Stage {
    Configuring { opening: Opening, entropy: Entropy },
    SignedOut { site: Box<Site>, problem: Option<Problem>, notice: Option<Notice> },
    Discovering { site: Box<Site>, profile: usize, application: Application, next_step: NextStep },
    Leaving { site: Box<Site> },
    Reserving { app: Box<App>, pending: Pending, url: String, since: u64 },
    AtWindow { app: Box<App>, pending: Pending, mailbox: Option<Mailbox>, since: u64 },
    Redeeming { app: Box<App>, nonce: Nonce, keys: Keys },
    AwaitingKeys { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    CheckingSignature { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    Authorizing { app: Box<App>, identity: Identity, pending_exchange: PendingExchange, refresh: RefreshToken },
    Exchanging { app: Box<App>, identity: Identity, refresh: RefreshToken },
    SignedIn { app: Box<App>, identity: Identity, active: ActiveSignIn },
    AskingForGuest { site: Box<Site> },
    Guest { site: Box<Site>, guest: Guest },
    Stopped { problem: Problem },
}

impl Stage {
    /// What a person may know of it.
    pub(super) fn view_state(&self) -> ViewState {
        let signing_in = |app: &App, step| {
            let of_a_backend = app.application.exchange.wants_a_caller().then_some(Step::Authorizing);
            let steps = [Some(Step::Redeeming), Some(Step::Checking), of_a_backend, Some(Step::Exchanging)];
            ViewState::SigningIn { step, steps: steps.into_iter().flatten().collect() }
        };
        match self {
            Stage::Configuring { .. } => ViewState::Starting,
            Stage::SignedOut { problem, notice, .. } => {
                ViewState::SignedOut { problem: problem.clone(), notice: *notice }
            }
            Stage::Discovering { next_step: NextStep::Return { .. }, .. } => ViewState::Starting,
            Stage::Discovering { next_step: NextStep::Leave { .. }, site, .. } if site.by_window() => {
                ViewState::AtWindow
            }
            Stage::Discovering { .. } | Stage::Leaving { .. } => ViewState::Leaving,
            Stage::Reserving { .. } | Stage::AtWindow { .. } => ViewState::AtWindow,
            Stage::Redeeming { app, .. } => signing_in(app, Step::Redeeming),
            Stage::AwaitingKeys { app, .. } | Stage::CheckingSignature { app, .. } => signing_in(app, Step::Checking),
            Stage::Authorizing { app, .. } => signing_in(app, Step::Authorizing),
            Stage::Exchanging { app, .. } => signing_in(app, Step::Exchanging),
            Stage::AskingForGuest { .. } => {
                ViewState::SigningIn { step: Step::Exchanging, steps: vec![Step::Exchanging] }
            }
            Stage::Guest { guest, .. } => guest.view_state(),
            Stage::SignedIn { identity, active, .. } => active.view_state(identity),
            Stage::Stopped { problem } => ViewState::Stopped { problem: problem.clone() },
        }
    }

    /// Every outcome that a state awaits; any other is of something that is over.
    pub(super) fn done(self, outcome: Outcome, now: Now) -> Next {
        use Outcome::{Answered, CallerToken, SignatureChecked};
        match (self, outcome) {
            (Self::Configuring { opening, entropy }, Answered(RequestKind::Config, result)) => {
                begin::configured(opening, &entropy, result, now)
            }
            (Self::Discovering { site, profile, application, next_step }, Answered(RequestKind::Discovery, result)) => {
                begin::discovered(site, profile, application, next_step, result, now)
            }
            (Self::Reserving { app, pending, url, since }, Answered(RequestKind::MailboxReservation, result)) => {
                window_flow::reserved(app, pending, url, since, result, now)
            }
            (
                Self::AtWindow { app, pending, mailbox: Some(mailbox), since },
                Answered(RequestKind::MailboxPoll, result),
            ) => window_flow::mailbox_polled(app, pending, mailbox, since, result, now),
            (Self::Redeeming { app, nonce, keys }, Answered(RequestKind::Tokens, result)) => {
                steps::redeemed(app, nonce, keys, result)
            }
            (Self::Redeeming { app, nonce, .. }, Answered(RequestKind::Keys, result)) => {
                steps::keys_before_tokens(app, nonce, result)
            }
            (Self::AwaitingKeys { app, nonce, redeemed }, Answered(RequestKind::Keys, result)) => {
                steps::keys_after_tokens(app, nonce, redeemed, result)
            }
            (Self::CheckingSignature { app, nonce, redeemed }, SignatureChecked(good)) => {
                steps::signature_checked(app, nonce, redeemed, good, now)
            }
            (
                Self::Authorizing { app, identity, pending_exchange, refresh },
                Answered(RequestKind::CallerToken, result),
            ) => steps::authorized(app, identity, pending_exchange, refresh, result),
            (Self::Authorizing { app, identity, pending_exchange, refresh }, CallerToken(caller)) => {
                steps::authorized_by_portal(app, identity, pending_exchange, refresh, caller)
            }
            (Self::Exchanging { app, identity, refresh }, Answered(RequestKind::Exchange, result)) => {
                steps::exchanged(app, identity, refresh, result, now)
            }
            (Self::SignedIn { app, identity, active }, outcome) => renewal::done(app, identity, active, outcome, now),
            (Self::AskingForGuest { site }, Answered(RequestKind::Exchange, result)) => {
                guest::exchanged(site, result, now)
            }
            (stage, _) => (stage, vec![]),
        }
    }

    /// What the page is, wherever the sign-in stands.
    pub(super) fn site(&self) -> Option<&Site> {
        match self {
            Self::Configuring { .. } | Self::Stopped { .. } => None,
            Self::SignedOut { site, .. }
            | Self::Discovering { site, .. }
            | Self::Leaving { site }
            | Self::AskingForGuest { site }
            | Self::Guest { site, .. } => Some(site),
            Self::Reserving { app, .. }
            | Self::AtWindow { app, .. }
            | Self::Redeeming { app, .. }
            | Self::AwaitingKeys { app, .. }
            | Self::CheckingSignature { app, .. }
            | Self::Authorizing { app, .. }
            | Self::Exchanging { app, .. }
            | Self::SignedIn { app, .. } => Some(&app.site),
        }
    }

    fn site_mut(&mut self) -> Option<&mut Site> {
        match self {
            Self::Configuring { .. } | Self::Stopped { .. } => None,
            Self::SignedOut { site, .. }
            | Self::Discovering { site, .. }
            | Self::Leaving { site }
            | Self::AskingForGuest { site }
            | Self::Guest { site, .. } => Some(site),
            Self::Reserving { app, .. }
            | Self::AtWindow { app, .. }
            | Self::Redeeming { app, .. }
            | Self::AwaitingKeys { app, .. }
            | Self::CheckingSignature { app, .. }
            | Self::Authorizing { app, .. }
            | Self::Exchanging { app, .. }
            | Self::SignedIn { app, .. } => Some(&mut app.site),
        }
    }

    /// Whether there is anything that a sign-out ends: a sign-in, under way or done.
    pub(super) fn can_be_signed_out(&self) -> bool {
        !matches!(self, Self::Configuring { .. } | Self::SignedOut { .. } | Self::Stopped { .. })
    }

    /// From where a person may set out anew; what was held is dropped. Anything else stays as it is.
    #[expect(clippy::result_large_err, reason = "the error is the stage itself, handed back")]
    pub(super) fn into_site(self) -> Result<Box<Site>, Self> {
        match self {
            Self::SignedOut { site, .. } | Self::Guest { site, .. } => Ok(site),
            Self::SignedIn { mut app, .. } => {
                app.site.pick(app.profile);
                Ok(app.site)
            }
            stage => Err(stage),
        }
    }

    /// Everything is dropped first; then the person's session at the authority ends too, if there is one.
    pub(super) fn sign_out(self) -> Next {
        let Self::SignedIn { mut app, identity, .. } = self else { return self.cancel(None) };
        // Whoever signs out does not expect the next click to sign them in again without a question.
        app.site.next.choose_account = true;
        let leave = app.end_session_url(&identity).map(|url| Effect::Leave { url, transaction: None });
        let effects = app.site.forget_who().into_iter().chain(leave).collect();
        (Self::SignedOut { site: app.site, problem: None, notice: None }, effects)
    }

    /// Somebody signed out in another tab; the authority was told there. Nobody is expected here any more, either.
    pub(super) fn forget(mut self) -> Next {
        if let Self::Configuring { opening, .. } = &mut self {
            opening.remembered = None;
        }
        let forgotten = self.site_mut().and_then(|site| {
            site.next.choose_account = true;
            site.forget_who()
        });
        let (stage, effects) = self.cancel(Some(Notice::SignedOutElsewhere));
        (stage, forgotten.into_iter().chain(effects).collect())
    }

    /// What is under way or done ends, with all that it held.
    fn cancel(self, notice: Option<Notice>) -> Next {
        let (site, effects) = match self {
            Self::Configuring { .. } | Self::Stopped { .. } | Self::SignedOut { .. } => return (self, vec![]),
            Self::AtWindow { app, mailbox, .. } => (app.site, window_flow::release(mailbox).into_iter().collect()),
            Self::Discovering { site, .. }
            | Self::Leaving { site }
            | Self::AskingForGuest { site }
            | Self::Guest { site, .. } => (site, vec![]),
            Self::Reserving { app, .. }
            | Self::Redeeming { app, .. }
            | Self::AwaitingKeys { app, .. }
            | Self::CheckingSignature { app, .. }
            | Self::Authorizing { app, .. }
            | Self::Exchanging { app, .. }
            | Self::SignedIn { app, .. } => (app.site, vec![]),
        };
        (Self::SignedOut { site, problem: None, notice }, effects)
    }

    pub(super) fn answer(self, answer: &RedactedText) -> Next {
        match self {
            Self::AtWindow { app, pending, mailbox, since } => {
                window_flow::answered(app, pending, mailbox, since, answer.expose())
            }
            stage => (stage, vec![]),
        }
    }

    pub(super) fn without_window(self, reason: NoWindow) -> Next {
        match self {
            Self::Discovering { site, next_step: NextStep::Leave { .. }, .. } => {
                signed_out(site, window_flow::problem(reason))
            }
            Self::Reserving { app, .. } => signed_out(app.site, window_flow::problem(reason)),
            Self::AtWindow { app, mailbox, .. } => window_flow::over(app.site, mailbox, window_flow::problem(reason)),
            stage => (stage, vec![]),
        }
    }

    pub(super) fn storage_blocked(self) -> Next {
        match self {
            Self::Leaving { site } => signed_out(site, Problem::new(ProblemCode::StorageBlocked)),
            stage => (stage, vec![]),
        }
    }

    /// A hint counts for the next sign-in; one that is under way has been sent on its way already.
    pub(super) fn hinted(mut self, hint: Hint) -> Self {
        match &mut self {
            Self::Configuring { opening, .. } => opening.hint = hint.sanitized(),
            stage => {
                if let Some(site) = stage.site_mut() {
                    site.hint = hint.sanitized();
                    // It may be about somebody else than who was here.
                    site.home = None;
                }
            }
        }
        self
    }

    pub(super) fn touched(self, now: Now) -> Self {
        match self {
            Self::SignedIn { app, identity, active } => Self::SignedIn { app, identity, active: active.touched(now) },
            stage => stage,
        }
    }

    pub(super) fn awake(self, now: Now) -> Next {
        match self {
            Self::SignedIn { app, identity, active } => renewal::tick(app, identity, active.woken(), now),
            stage => stage.tick(now),
        }
    }

    pub(super) fn tick(self, now: Now) -> Next {
        match self {
            Self::SignedIn { app, identity, active } => renewal::tick(app, identity, active, now),
            Self::AtWindow { app, pending, mailbox, since } => window_flow::tick(app, pending, mailbox, since, now),
            Self::Guest { site, guest } => (guest.tick(site, now), vec![]),
            stage => (stage, vec![]),
        }
    }
}

/// The signed-out state without a problem.
pub(super) fn signed_out_without_error(site: Box<Site>, notice: Option<Notice>) -> Next {
    (Stage::SignedOut { site, problem: None, notice }, vec![])
}

/// Nobody is signed in, and this is why.
pub(super) fn signed_out(site: Box<Site>, problem: Problem) -> Next {
    (Stage::SignedOut { site, problem: Some(problem), notice: None }, vec![])
}
