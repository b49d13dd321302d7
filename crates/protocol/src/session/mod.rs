//! The sign-in as a machine: one event in, the next state and the work it asks for out.
//!
//! ```text
//! Configuring ▶ SignedOut ▶ Discovering ▶ Leaving ▶ (Entra, then a new page)
//!                                       ▶ Reserving ▶ AtWindow ─┐
//! Configuring ▶ Discovering ────────────────────────────────────┴▶ Redeeming
//!
//! Redeeming ▶ AwaitingKeys ▶ CheckingSignature ▶ Authorizing ▶ Exchanging ▶ SignedIn
//! ```
//!
//! Each state owns exactly what it may know, and is left by being consumed: a code, a verifier or a nonce that was
//! spent is gone. Whatever goes wrong ends in `SignedOut` with a problem, or in `Stopped`; tokens that were on the way
//! are dropped with the state that held them. Late outcomes carry the number of an attempt that is over, and are
//! ignored.

mod begin;
mod consent;
mod guest;
mod renewal;
mod site;
mod steps;
mod transaction;
mod window;

use messages::{Account, Greeting, Hint, NoWindow, Notice, Opening, Picture, Private, Problem, ProblemCode, Step};

use crate::{
    config::Application,
    http::{Failure, Request, Response},
    id_token::{Identity, UnverifiedIdToken},
    jwks::KeySet,
    pkce::{Entropy, Nonce},
    secret::{CallerToken, EntraAccessToken, RefreshToken, SecretText},
};
use begin::Errand;
use guest::Guest;
use renewal::Held;
use site::{App, Site};
use steps::Halfway;
use transaction::Pending;
use window::Mailbox;

/// The machine. Made by [`Session::begin`], moved on by [`Session::update`].
#[derive(Debug)]
pub struct Session {
    attempt: u32,
    stage: Stage,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Somebody uses the page, which the idle limit asks for.
    Active,
    /// An answer came out of the window; perhaps a stranger's.
    Answer(Private),
    /// The work of an [`Effect`] is done.
    Done {
        /// [`Session::attempt`] when the effect was asked for.
        attempt: u32,
        /// What came of it.
        outcome: Outcome,
    },
    /// The person signed out in another tab.
    Forget,
    /// An administrator wants to grant consent.
    GrantConsent {
        /// The profile's name.
        profile: String,
        /// Everything that the registration lists, and not just what this page asks for.
        registered: bool,
        /// Fresh randomness.
        entropy: Entropy,
    },
    /// The portal suggests something for the next sign-in.
    Hint(Hint),
    /// There is no window to sign in in.
    NoWindow(NoWindow),
    /// The person wants to sign in.
    SignIn {
        /// The profile's name; the first, where it is left out.
        profile: Option<String>,
        /// Offer all accounts, also where one session would do.
        choose_account: bool,
        /// Fresh randomness, for this sign-in only.
        entropy: Entropy,
    },
    /// The person wants to sign out.
    SignOut,
    /// The transaction could not be kept, so nobody left.
    StorageBlocked,
    /// Time went by. It comes every few seconds, and whenever the machine wakes up.
    Tick,
}

/// What came of an effect.
#[derive(Debug)]
pub enum Outcome {
    /// Of [`Effect::Send`].
    Answered(Reply, Result<Response, Failure>),
    /// Of [`Effect::VerifySignature`]. A key that cannot be used proves nothing: false.
    SignatureChecked(bool),
    /// Of [`Effect::AskPortal`]. Nothing, if the portal did not answer with a token in time.
    Vouched(Option<CallerToken>),
}

/// What is to be done.
#[derive(Debug)]
pub enum Effect {
    /// Ask the portal for its token for the exchange service.
    AskPortal,
    /// Hand this to the window.
    Greet(Greeting),
    /// Go to this address, keeping the transaction for the way back.
    Leave {
        /// At the authority.
        url: String,
        /// For `sessionStorage`.
        transaction: Option<SecretText>,
    },
    /// Keep this for when the page is loaded again in this tab; nothing: forget what was kept.
    Remember(Option<String>),
    /// Send a request.
    Send(Reply, Request),
    /// Tell the window that its answer was the awaited one.
    Taken,
    /// Check RSASSA-PKCS1-v1_5 with SHA-256.
    VerifySignature {
        /// The public key, as a JSON Web Key.
        jwk: String,
        /// What was signed.
        signing_input: SecretText,
        /// The signature.
        signature: Vec<u8>,
    },
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// B, for the exchange service.
    CallerToken,
    /// `config.json`.
    Config,
    /// The authority's description of itself.
    Discovery,
    /// D.
    Exchange,
    /// The authority's keys.
    Keys,
    /// What the return mailbox holds.
    Mail,
    /// A return mailbox.
    Mailbox,
    /// Nothing that matters: the mailbox is told that its answer was taken.
    MailTaken,
    /// A1, the ID token and the refresh token.
    Tokens,
}

/// Named for what it awaits.
#[derive(Debug)]
enum Stage {
    Configuring { opening: Opening, entropy: Entropy },
    SignedOut { site: Box<Site>, problem: Option<Problem>, notice: Option<Notice> },
    Discovering { site: Box<Site>, profile: usize, application: Application, errand: Errand },
    Leaving { site: Box<Site> },
    Reserving { app: Box<App>, pending: Pending, url: String, since: u64 },
    AtWindow { app: Box<App>, pending: Pending, mailbox: Option<Mailbox>, since: u64 },
    Redeeming { app: Box<App>, nonce: Nonce, keys: Keys },
    AwaitingKeys { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    CheckingSignature { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    Authorizing { app: Box<App>, identity: Identity, halfway: Halfway, refresh: RefreshToken },
    Exchanging { app: Box<App>, identity: Identity, refresh: RefreshToken },
    SignedIn { app: Box<App>, identity: Identity, held: Held },
    AskingForGuest { site: Box<Site> },
    Guest { site: Box<Site>, guest: Guest },
    Stopped { problem: Problem },
}

/// The authority's keys, which are fetched beside the tokens.
#[derive(Debug)]
enum Keys {
    Awaited,
    Arrived(KeySet),
}

/// What the code was exchanged for, before any of it is believed.
#[derive(Debug)]
struct Redeemed {
    id_token: UnverifiedIdToken,
    entra: EntraAccessToken,
    refresh: RefreshToken,
    /// Keys rotate, so one that is not known is asked for once more; not twice.
    keys_asked_again: bool,
}

impl Session {
    /// Starts with what the page found when it was loaded. The randomness is for a sign-in that begins at once.
    #[must_use]
    pub fn begin(opening: Opening, entropy: Entropy) -> (Self, Vec<Effect>) {
        let config = Effect::Send(Reply::Config, Request::get("config.json".to_owned()));
        (Self { attempt: 1, stage: Stage::Configuring { opening, entropy } }, vec![config])
    }

    /// The number under which the effects of the last update are reported back.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Goes on by one event. `now` is in seconds since 1970.
    #[must_use]
    pub fn update(self, event: Event, now: u64) -> (Self, Vec<Effect>) {
        let Self { attempt, stage } = self;
        let is_over = matches!(event, Event::Done { attempt: of, .. } if of != attempt);
        if is_over {
            return (Self { attempt, stage }, vec![]);
        }
        // What the person does begins a new attempt; what is under way goes on under its number.
        let (attempt, (stage, effects)) = match event {
            Event::Done { outcome, .. } => (attempt, stage.done(outcome, now)),
            Event::SignIn { profile, choose_account, entropy } => match stage.into_site() {
                Ok(site) => (attempt + 1, begin::sign_in(site, profile.as_deref(), choose_account, &entropy, now)),
                // A click that comes too early or twice ends no attempt: what is under way must still be able to arrive.
                Err(stage) => (attempt, (stage, vec![])),
            },
            Event::GrantConsent { profile, registered, entropy } => match stage.into_site() {
                Ok(site) => (attempt + 1, consent::leave(site, &profile, registered, &entropy, now)),
                Err(stage) => (attempt, (stage, vec![])),
            },
            Event::SignOut if stage.is_under_way() => (attempt + 1, stage.sign_out()),
            Event::Forget if stage.is_under_way() => (attempt + 1, stage.forget()),
            Event::SignOut | Event::Forget => (attempt, (stage, vec![])),
            Event::Answer(answer) => (attempt, stage.answer(&answer)),
            Event::NoWindow(reason) => (attempt, stage.without_window(reason)),
            Event::StorageBlocked => (attempt, stage.storage_blocked()),
            Event::Hint(hint) => (attempt, (stage.hinted(hint), vec![])),
            // What is over by now is not brought back to life by being touched.
            Event::Active => {
                let (stage, effects) = stage.tick(now);
                (attempt, (stage.touched(now), effects))
            }
            Event::Tick => (attempt, stage.tick(now)),
        };
        (Self { attempt, stage }, effects)
    }

    /// What the configuration says about the page; nothing before it was read, or where it cannot be used.
    pub fn site(&self) -> Option<messages::Site> {
        self.stage.site().map(Site::told)
    }

    /// What a person may know of it.
    pub fn picture(&self) -> Picture {
        let signing_in = |app: &App, step| {
            let of_a_backend = app.application.exchange.wants_a_caller().then_some(Step::Authorizing);
            let steps = [Some(Step::Redeeming), Some(Step::Checking), of_a_backend, Some(Step::Exchanging)];
            Picture::SigningIn { step, steps: steps.into_iter().flatten().collect() }
        };
        match &self.stage {
            Stage::Configuring { .. } => Picture::Starting,
            Stage::SignedOut { problem, notice, .. } => {
                Picture::SignedOut { problem: problem.clone(), notice: *notice }
            }
            Stage::Discovering { errand: Errand::Return { .. }, .. } => Picture::Starting,
            Stage::Discovering { errand: Errand::Leave { .. }, site, .. } if site.by_window() => Picture::AtWindow,
            Stage::Discovering { .. } | Stage::Leaving { .. } => Picture::Leaving,
            Stage::Reserving { .. } | Stage::AtWindow { .. } => Picture::AtWindow,
            Stage::Redeeming { app, .. } => signing_in(app, Step::Redeeming),
            Stage::AwaitingKeys { app, .. } | Stage::CheckingSignature { app, .. } => signing_in(app, Step::Checking),
            Stage::Authorizing { app, .. } => signing_in(app, Step::Authorizing),
            Stage::Exchanging { app, .. } => signing_in(app, Step::Exchanging),
            Stage::AskingForGuest { .. } => {
                Picture::SigningIn { step: Step::Exchanging, steps: vec![Step::Exchanging] }
            }
            Stage::Guest { guest, .. } => guest.picture(),
            Stage::SignedIn { identity, held, .. } => Picture::SignedIn {
                account: Some(Account {
                    name: identity.name.clone(),
                    username: identity.username.clone(),
                    tenant_id: identity.tenant.as_str().to_owned(),
                    object_id: identity.object.as_str().to_owned(),
                }),
                token: held.token().cloned(),
                expires_at: held.expires_at(),
                trouble: held.trouble().cloned(),
            },
            Stage::Stopped { problem } => Picture::Stopped { problem: problem.clone() },
        }
    }
}

type Next = (Stage, Vec<Effect>);

impl Stage {
    /// Every outcome that a state awaits; any other is of something that is over.
    fn done(self, outcome: Outcome, now: u64) -> Next {
        use Outcome::{Answered, SignatureChecked, Vouched};
        match (self, outcome) {
            (Self::Configuring { opening, entropy }, Answered(Reply::Config, result)) => {
                begin::configured(opening, &entropy, result, now)
            }
            (Self::Discovering { site, profile, application, errand }, Answered(Reply::Discovery, result)) => {
                begin::discovered(site, profile, application, errand, result, now)
            }
            (Self::Reserving { app, pending, url, since }, Answered(Reply::Mailbox, result)) => {
                window::reserved(app, pending, url, since, result, now)
            }
            (Self::AtWindow { app, pending, mailbox: Some(mailbox), since }, Answered(Reply::Mail, result)) => {
                window::mail(app, pending, mailbox, since, result, now)
            }
            (Self::Redeeming { app, nonce, keys }, Answered(Reply::Tokens, result)) => {
                steps::redeemed(app, nonce, keys, result)
            }
            (Self::Redeeming { app, nonce, .. }, Answered(Reply::Keys, result)) => {
                steps::keys_before_tokens(app, nonce, result)
            }
            (Self::AwaitingKeys { app, nonce, redeemed }, Answered(Reply::Keys, result)) => {
                steps::keys_after_tokens(app, nonce, redeemed, result)
            }
            (Self::CheckingSignature { app, nonce, redeemed }, SignatureChecked(good)) => {
                steps::signature_checked(app, nonce, redeemed, good, now)
            }
            (Self::Authorizing { app, identity, halfway, refresh }, Answered(Reply::CallerToken, result)) => {
                steps::authorized(app, identity, halfway, refresh, result)
            }
            (Self::Authorizing { app, identity, halfway, refresh }, Vouched(caller)) => {
                steps::vouched(app, identity, halfway, refresh, caller)
            }
            (Self::Exchanging { app, identity, refresh }, Answered(Reply::Exchange, result)) => {
                steps::exchanged(app, identity, refresh, result, now)
            }
            (Self::SignedIn { app, identity, held }, outcome) => renewal::done(app, identity, held, outcome, now),
            (Self::AskingForGuest { site }, Answered(Reply::Exchange, result)) => guest::exchanged(site, result, now),
            (stage, _) => (stage, vec![]),
        }
    }

    /// What the page is, wherever the sign-in stands.
    fn site(&self) -> Option<&Site> {
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

    /// Whether there is anything that a sign-out ends.
    fn is_under_way(&self) -> bool {
        !matches!(self, Self::Configuring { .. } | Self::SignedOut { .. } | Self::Stopped { .. })
    }

    /// From where a person may set out anew; what was held is dropped. Anything else stays as it is.
    #[expect(clippy::result_large_err, reason = "the error is the stage itself, handed back")]
    fn into_site(self) -> Result<Box<Site>, Self> {
        match self {
            Self::SignedOut { site, .. } | Self::Guest { site, .. } => Ok(site),
            Self::SignedIn { app, .. } => Ok(app.site),
            stage => Err(stage),
        }
    }

    /// Everything is dropped first; then the person's session at the authority ends too, if there is one.
    fn sign_out(self) -> Next {
        match self {
            Self::SignedIn { mut app, .. } => {
                // Whoever signs out does not expect the next click to sign them in again without a question.
                app.site.next.choose_account = true;
                let leave = app.end_session_url().map(|url| Effect::Leave { url, transaction: None });
                let effects = app.site.forget_who().into_iter().chain(leave).collect();
                (Self::SignedOut { site: app.site, problem: None, notice: None }, effects)
            }
            stage => stage.cancel(None),
        }
    }

    /// Somebody signed out in another tab; the authority was told there.
    fn forget(self) -> Next {
        match self {
            Self::SignedIn { mut app, .. } => {
                app.site.next.choose_account = true;
                let effects = app.site.forget_who().into_iter().collect();
                let notice = Some(Notice::SignedOutElsewhere);
                (Self::SignedOut { site: app.site, problem: None, notice }, effects)
            }
            stage => stage.cancel(Some(Notice::SignedOutElsewhere)),
        }
    }

    /// What is under way ends, with all that it held.
    fn cancel(self, notice: Option<Notice>) -> Next {
        let site = match self {
            Self::Configuring { .. } | Self::Stopped { .. } | Self::SignedOut { .. } => return (self, vec![]),
            Self::Discovering { site, .. }
            | Self::Leaving { site }
            | Self::AskingForGuest { site }
            | Self::Guest { site, .. } => site,
            Self::AtWindow { app, mailbox, .. } => {
                let effects = window::release(mailbox).into_iter().collect();
                return (Self::SignedOut { site: app.site, problem: None, notice }, effects);
            }
            Self::Reserving { app, .. }
            | Self::Redeeming { app, .. }
            | Self::AwaitingKeys { app, .. }
            | Self::CheckingSignature { app, .. }
            | Self::Authorizing { app, .. }
            | Self::Exchanging { app, .. }
            | Self::SignedIn { app, .. } => app.site,
        };
        (Self::SignedOut { site, problem: None, notice }, vec![])
    }

    fn answer(self, answer: &Private) -> Next {
        match self {
            Self::AtWindow { app, pending, mailbox, since } => {
                window::answered(app, pending, mailbox, since, answer.expose())
            }
            stage => (stage, vec![]),
        }
    }

    fn without_window(self, reason: NoWindow) -> Next {
        match self {
            Self::Discovering { site, errand: Errand::Leave { .. }, .. } => signed_out(site, window::problem(reason)),
            Self::Reserving { app, .. } => signed_out(app.site, window::problem(reason)),
            Self::AtWindow { app, mailbox, .. } => window::over(app.site, mailbox, window::problem(reason)),
            stage => (stage, vec![]),
        }
    }

    fn storage_blocked(self) -> Next {
        match self {
            Self::Leaving { site } => signed_out(site, Problem::new(ProblemCode::StorageBlocked)),
            stage => (stage, vec![]),
        }
    }

    /// A hint counts for the next sign-in; one that is under way has been sent on its way already.
    fn hinted(mut self, hint: Hint) -> Self {
        match &mut self {
            Self::Configuring { opening, .. } => opening.hint = hint.sober(),
            stage => {
                if let Some(site) = stage.site_mut() {
                    site.hint = hint.sober();
                }
            }
        }
        self
    }

    fn touched(self, now: u64) -> Self {
        match self {
            Self::SignedIn { app, identity, held } => Self::SignedIn { app, identity, held: held.touched(now) },
            stage => stage,
        }
    }

    fn tick(self, now: u64) -> Next {
        match self {
            Self::SignedIn { app, identity, held } => renewal::tick(app, identity, held, now),
            Self::AtWindow { app, pending, mailbox, since } => window::tick(app, pending, mailbox, since, now),
            Self::Guest { site, guest } => (guest.tick(site, now), vec![]),
            stage => (stage, vec![]),
        }
    }
}

/// Nobody is signed in, and this is why.
fn signed_out(site: Box<Site>, problem: Problem) -> Next {
    (Stage::SignedOut { site, problem: Some(problem), notice: None }, vec![])
}

#[cfg(test)]
mod tests;
