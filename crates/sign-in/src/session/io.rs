//! What goes into the session and what comes out of it: events, outcomes and effects.

use contract::secret::{CallerToken, SecretText};
use messages::{Greeting, Hint, NoWindow, RedactedText};

use crate::{
    http::{Failure, Request, Response},
    pkce::Entropy,
};

/// An event of the person, the browser, the portal or an effect.
#[derive(Debug)]
pub enum Event {
    /// The person used the page, which restarts the idle limit.
    Active,
    /// An authorization response from the sign-in window. It is not verified yet.
    AuthorizationResponse(RedactedText),
    /// The device, the tab or the network woke up: time may have passed unnoticed, and an outage may have ended.
    Awake,
    /// An [`Effect`] is complete.
    Done {
        /// [`Session::attempt`](super::Session::attempt) when the effect was returned.
        attempt: u32,
        /// The result of the effect.
        outcome: Outcome,
    },
    /// The person signed out in another tab.
    Forget,
    /// An administrator wants to grant consent.
    GrantConsent {
        /// The profile's name.
        profile: String,
        /// `true` for every permission of the app registration, `false` for those that this page requests.
        registered: bool,
        /// Fresh randomness.
        entropy: Entropy,
    },
    /// The portal's suggestion for the next sign-in.
    Hint(Hint),
    /// The sign-in window could not be opened, or is gone.
    NoWindow(NoWindow),
    /// The person wants to sign in.
    SignIn {
        /// The profile's name. Without one, the portal's suggestion or the first profile.
        profile: Option<String>,
        /// Offer all accounts, even if one session would do.
        choose_account: bool,
        /// Fresh randomness, for this sign-in only.
        entropy: Entropy,
    },
    /// The person clicked the button of `index.html`, which knows neither the profiles nor how people sign in.
    SignInByRedirect {
        /// Fresh randomness, for this sign-in only.
        entropy: Entropy,
    },
    /// The person wants to sign out.
    SignOut,
    /// The page could not store the transaction, so it did not leave for the authority.
    StorageBlocked,
    /// Time passed. The vault sends it every few seconds.
    Tick,
}

/// The result of an effect.
#[derive(Debug)]
pub enum Outcome {
    /// The result of [`Effect::Send`].
    Responded(RequestKind, Result<Response, Failure>),
    /// The result of [`Effect::VerifySignature`]. Also `false` for a key that cannot be used.
    SignatureChecked(bool),
    /// The result of [`Effect::RequestCallerToken`]. `None` if the portal sent no token in time.
    CallerToken(Option<CallerToken>),
}

/// What the vault must do.
#[derive(Debug)]
pub enum Effect {
    /// Request the portal's token for the exchange service.
    RequestCallerToken,
    /// Send this greeting to the sign-in window.
    Greet(Greeting),
    /// Store the transaction and navigate to this address.
    Leave {
        /// An address of the authority.
        url: String,
        /// For `sessionStorage`.
        transaction: Option<SecretText>,
    },
    /// Keep this text for the next load of the page in this tab. `None` erases it.
    Remember(Option<String>),
    /// Send a request.
    Send(RequestKind, Request),
    /// Notify the sign-in window that its response was accepted.
    Taken,
    /// Verify a signature: RSASSA-PKCS1-v1_5 with SHA-256.
    VerifySignature {
        /// The public key, as a JSON Web Key.
        jwk: String,
        /// The signed text.
        signing_input: SecretText,
        /// The signature.
        signature: Vec<u8>,
    },
}

/// The purpose of a request. [`Outcome::Responded`] has it, too, to identify the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// B, from the authority.
    CallerToken,
    /// `config.json`.
    Config,
    /// The authority's discovery document.
    Discovery,
    /// D.
    Exchange,
    /// The authority's keys.
    Keys,
    /// The authorization response, if the return mailbox has it.
    MailboxPoll,
    /// The end of a return mailbox whose authorization response was taken. The response does not matter.
    MailboxRelease,
    /// The reservation of a return mailbox.
    MailboxReservation,
    /// A1, with the ID token and the refresh token at a sign-in.
    Tokens,
    /// A connection to the exchange service, with the preflight of [`Self::Exchange`]. The response does not matter.
    WarmUp,
}
