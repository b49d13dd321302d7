//! The sign-in as a machine: one event in, the next state and the work it asks for out.
//!
//! ```text
//! Configuring ▶ Discovering ▶ SignedOut ▶ Leaving ▶ (Entra, then a new page)
//!
//! Configuring ▶ Discovering ▶ Redeeming ▶ AwaitingKeys ▶ CheckingSignature ▶ Authorizing ▶ Exchanging ▶ SignedIn
//! ```
//!
//! Each state owns exactly what it may know, and is left by being consumed: a code, a verifier or a nonce that was
//! spent is gone. Whatever goes wrong ends in `SignedOut` with a problem, or in `Stopped`; tokens that were on the way
//! are dropped with the state that held them. Late outcomes carry the number of an attempt that is over, and are
//! ignored.

mod renewal;
mod steps;
mod transaction;

use messages::{Account, Opening, Picture, Problem, ProblemCode, Step};

use crate::{
    authority::Endpoints,
    authorize::{self, Ask},
    config::Config,
    http::{Failure, Request, Response},
    id_token::{Identity, UnverifiedIdToken},
    jwks::KeySet,
    pkce::{Entropy, Nonce},
    secret::{EntraAccessToken, RefreshToken, SecretText},
};
use renewal::Held;

/// The machine. Made by [`Session::begin`], moved on by [`Session::update`].
#[derive(Debug)]
pub struct Session {
    attempt: u32,
    stage: Stage,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The work of an [`Effect`] is done.
    Done {
        /// [`Session::attempt`] when the effect was asked for.
        attempt: u32,
        /// What came of it.
        outcome: Outcome,
    },
    /// The person wants to sign in.
    SignIn {
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
}

/// What is to be done.
#[derive(Debug)]
pub enum Effect {
    /// Go to this address, keeping the transaction for the way back.
    Leave {
        /// At the authority.
        url: String,
        /// For `sessionStorage`.
        transaction: Option<SecretText>,
    },
    /// Send a request.
    Send(Reply, Request),
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
    /// A1, the ID token and the refresh token.
    Tokens,
}

/// Configuration and endpoints: what every state after the first two has.
#[derive(Debug)]
struct App {
    config: Config,
    endpoints: Endpoints,
    /// What the next sign-in asks for, because of how the last one ended.
    next: Ask,
}

/// Named for what it awaits.
#[derive(Debug)]
enum Stage {
    Configuring { opening: Opening },
    Discovering { config: Config, opening: Opening },
    SignedOut { app: Box<App>, problem: Option<Problem> },
    Leaving { app: Box<App> },
    Redeeming { app: Box<App>, nonce: Nonce, keys: Keys },
    AwaitingKeys { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    CheckingSignature { app: Box<App>, nonce: Nonce, redeemed: Redeemed },
    Authorizing { app: Box<App>, identity: Identity, entra: EntraAccessToken, refresh: RefreshToken },
    Exchanging { app: Box<App>, identity: Identity, refresh: RefreshToken },
    SignedIn { app: Box<App>, identity: Identity, held: Held },
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
    /// Starts with what the page found when it was loaded.
    #[must_use]
    pub fn begin(opening: Opening) -> (Self, Vec<Effect>) {
        let config = Effect::Send(Reply::Config, Request::get("config.json".to_owned()));
        (Self { attempt: 1, stage: Stage::Configuring { opening } }, vec![config])
    }

    /// The number under which the effects of the last update are reported back.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Goes on by one event. `now` is in seconds since 1970.
    #[must_use]
    pub fn update(self, event: Event, now: u64) -> (Self, Vec<Effect>) {
        let Self { attempt, stage } = self;
        match event {
            Event::Done { attempt: of, outcome } if of == attempt => {
                let (stage, effects) = stage.done(outcome, now);
                (Self { attempt, stage }, effects)
            }
            // An outcome that comes too late.
            Event::Done { .. } => (Self { attempt, stage }, vec![]),
            // A click that comes too early or twice ends no attempt: what is under way must still be able to arrive.
            Event::SignIn { choose_account, entropy } => match stage {
                Stage::SignedOut { app, .. } | Stage::SignedIn { app, .. } => {
                    let (stage, effects) = steps::leave(app, choose_account, &entropy, now);
                    (Self { attempt: attempt + 1, stage }, effects)
                }
                stage => (Self { attempt, stage }, vec![]),
            },
            Event::SignOut if stage.is_under_way() => {
                let (stage, effects) = stage.sign_out();
                (Self { attempt: attempt + 1, stage }, effects)
            }
            Event::StorageBlocked => match stage {
                Stage::Leaving { app } => {
                    let problem = Some(Problem::new(ProblemCode::StorageBlocked));
                    (Self { attempt, stage: Stage::SignedOut { app, problem } }, vec![])
                }
                stage => (Self { attempt, stage }, vec![]),
            },
            Event::SignOut => (Self { attempt, stage }, vec![]),
            Event::Tick => match stage {
                Stage::SignedIn { app, identity, held } => {
                    let (stage, effects) = renewal::tick(app, identity, held, now);
                    (Self { attempt, stage }, effects)
                }
                stage => (Self { attempt, stage }, vec![]),
            },
        }
    }

    /// What a person may know of it.
    pub fn picture(&self) -> Picture {
        let signing_in = |app: &App, step| {
            let of_a_backend = app.config.exchange.caller_scope().map(|_| Step::Authorizing);
            let steps = [Some(Step::Redeeming), Some(Step::Checking), of_a_backend, Some(Step::Exchanging)];
            Picture::SigningIn { step, steps: steps.into_iter().flatten().collect() }
        };
        match &self.stage {
            Stage::Configuring { .. } | Stage::Discovering { .. } => Picture::Starting,
            Stage::SignedOut { problem, .. } => Picture::SignedOut { problem: problem.clone() },
            Stage::Leaving { .. } => Picture::Leaving,
            Stage::Redeeming { app, .. } => signing_in(app, Step::Redeeming),
            Stage::AwaitingKeys { app, .. } | Stage::CheckingSignature { app, .. } => signing_in(app, Step::Checking),
            Stage::Authorizing { app, .. } => signing_in(app, Step::Authorizing),
            Stage::Exchanging { app, .. } => signing_in(app, Step::Exchanging),
            Stage::SignedIn { identity, held, .. } => Picture::SignedIn {
                account: Account {
                    name: identity.name.clone(),
                    username: identity.username.clone(),
                    tenant_id: identity.tenant.as_str().to_owned(),
                    object_id: identity.object.as_str().to_owned(),
                },
                token: held.token().clone(),
                expires_at: held.expires_at(),
                trouble: held.trouble().cloned(),
            },
            Stage::Stopped { problem } => Picture::Stopped { problem: problem.clone() },
        }
    }
}

impl Stage {
    /// Every outcome that a state awaits; any other is of something that is over.
    fn done(self, outcome: Outcome, now: u64) -> (Self, Vec<Effect>) {
        use Outcome::{Answered, SignatureChecked};
        match (self, outcome) {
            (Self::Configuring { opening }, Answered(Reply::Config, result)) => steps::configured(opening, result, now),
            (Self::Discovering { config, opening }, Answered(Reply::Discovery, result)) => {
                steps::discovered(config, &opening, result, now)
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
            (Self::Authorizing { app, identity, entra, refresh }, Answered(Reply::CallerToken, result)) => {
                steps::authorized(app, identity, entra, refresh, result)
            }
            (Self::Exchanging { app, identity, refresh }, Answered(Reply::Exchange, result)) => {
                steps::exchanged(app, identity, refresh, result, now)
            }
            (Self::SignedIn { app, identity, held }, outcome) => renewal::done(app, identity, held, outcome, now),
            (stage, _) => (stage, vec![]),
        }
    }

    /// Whether there is anything that a sign-out ends.
    fn is_under_way(&self) -> bool {
        !matches!(
            self,
            Self::Configuring { .. } | Self::Discovering { .. } | Self::SignedOut { .. } | Self::Stopped { .. }
        )
    }

    /// Everything is dropped first; then the person's session at the authority ends too, if there is one.
    fn sign_out(self) -> (Self, Vec<Effect>) {
        match self {
            Self::SignedIn { mut app, .. } => {
                // Whoever signs out does not expect the next click to sign them in again without a question.
                app.next.choose_account = true;
                let leave = authorize::end_session_url(&app.config, &app.endpoints)
                    .map(|url| Effect::Leave { url, transaction: None });
                (Self::SignedOut { app, problem: None }, leave.into_iter().collect())
            }
            Self::Leaving { app }
            | Self::Redeeming { app, .. }
            | Self::AwaitingKeys { app, .. }
            | Self::CheckingSignature { app, .. }
            | Self::Authorizing { app, .. }
            | Self::Exchanging { app, .. } => (Self::SignedOut { app, problem: None }, vec![]),
            stage => (stage, vec![]),
        }
    }
}

#[cfg(test)]
mod tests;
