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
mod now;
mod pauses;
mod renewal;
mod site;
mod stage;
mod steps;
mod transaction;
mod window_flow;

use messages::{Greeting, Hint, NoWindow, Opening, RedactedText, ViewState};

use crate::{
    http::{Failure, Request, Response},
    id_token::UnverifiedIdToken,
    jwks::KeySet,
    pkce::Entropy,
    secret::{CallerToken, EntraAccessToken, RefreshToken, SecretText},
};
pub use now::Now;
use site::{App, Site};
use stage::{Next, Stage, signed_out, signed_out_without_error};

/// The machine. Made by [`Session::begin`], moved on by [`Session::update`].
#[derive(Debug)]
pub struct Session {
    attempt: u32,
    /// `None` until `config.json` was read, and where it cannot be used.
    site: Option<Site>,
    stage: Stage,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Somebody uses the page, which the idle limit asks for.
    Active,
    /// An answer came out of the window; perhaps a stranger's.
    Answer(RedactedText),
    /// The machine, the tab or the network woke up: time may have gone by unnoticed, and an outage may be over.
    Awake,
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
    /// Time went by. It comes every few seconds.
    Tick,
}

/// What came of an effect.
#[derive(Debug)]
pub enum Outcome {
    /// Of [`Effect::Send`].
    Answered(RequestKind, Result<Response, Failure>),
    /// Of [`Effect::VerifySignature`]. A key that cannot be used proves nothing: false.
    SignatureChecked(bool),
    /// Of [`Effect::AskPortal`]. Nothing, if the portal did not answer with a token in time.
    CallerToken(Option<CallerToken>),
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
    Send(RequestKind, Request),
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

/// What a request is for. Its response comes back with it in [`Outcome::Answered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
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
    /// The authorization response, if the return mailbox has it.
    MailboxPoll,
    /// The end of a return mailbox, whose authorization response was taken. Nothing in the response matters.
    MailboxRelease,
    /// The reservation of a return mailbox.
    MailboxReservation,
    /// A1, the ID token and the refresh token.
    Tokens,
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
        let config = Effect::Send(RequestKind::Config, Request::get("config.json".to_owned()));
        (Self { attempt: 1, site: None, stage: Stage::Configuring { opening, entropy } }, vec![config])
    }

    /// The number under which the effects of the last update are reported back.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Handles one event: the next state, and the effects to perform. An outcome of an earlier attempt is ignored.
    #[must_use]
    pub fn update(self, event: Event, now: impl Into<Now>) -> (Self, Vec<Effect>) {
        let now = now.into();
        let is_over = matches!(event, Event::Done { attempt, .. } if attempt != self.attempt);
        if is_over {
            return (self, vec![]);
        }
        let Self { mut attempt, mut site, stage } = self;
        let (stage, effects) = match &mut site {
            Some(site) => {
                attempt += u32::from(stage.begins_attempt(&event));
                stage.update(site, event, now)
            }
            None => {
                let (configured, next) = stage.start(event, now);
                site = configured;
                next
            }
        };
        (Self { attempt, site, stage }, effects)
    }

    /// What the configuration says about the page. `None` before it was read, and where it cannot be used.
    pub fn site(&self) -> Option<messages::Site> {
        self.site.as_ref().map(Site::public)
    }

    /// What the page shows. It has no token but D.
    pub fn view_state(&self) -> ViewState {
        self.stage.view_state(self.site.as_ref().is_some_and(Site::by_window))
    }
}

#[cfg(test)]
mod tests;
