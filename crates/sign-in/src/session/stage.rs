//! The stages of a sign-in, and what each of them holds.

use contract::secret::{EntraAccessToken, RefreshToken};
use messages::{Notice, Opening, Problem, RedactedText, Step, ViewState};

use super::{
    active_sign_in::{ActiveSignIn, Renewal},
    app::{App, AuthenticatedPerson},
    io::Effect,
    pending_exchange::PendingExchange,
    return_mailbox::ReturnMailbox,
    transaction::PendingSignIn,
};
use crate::{
    authorize::AuthorizationOptions,
    config::Application,
    exchange_client::Exchanged,
    id_token::UnverifiedIdToken,
    jwks::KeySet,
    pkce::{Entropy, Nonce},
};

/// The next stage, and the effects to perform.
pub(super) type Next = (Stage, Vec<Effect>);

/// The stage of a sign-in. Each variant owns only the data that it needs.
#[derive(Debug)]
pub(super) enum Stage {
    /// `config.json` is awaited.
    Configuring { opening: Box<Opening>, entropy: Box<Entropy>, clicked: bool },
    /// No token is held and nothing is in flight. The person can sign in.
    SignedOut { problem: Option<Problem>, notice: Option<Notice> },
    /// The authority's discovery document is awaited.
    Discovering { profile: usize, application: Box<Application>, next_step: NextStep },
    /// The browser leaves for the authority.
    Leaving,
    /// The reservation of a return mailbox is awaited, before the sign-in window is sent to this address.
    Reserving { wait: Box<WindowWait>, url: String },
    /// The authorization response is awaited from the sign-in window or from the return mailbox.
    AtWindow { wait: Box<WindowWait>, mailbox: Option<ReturnMailbox> },
    /// The token response to the authorization code is awaited. The authority's keys are fetched at the same time.
    Redeeming { app: Box<App>, nonce: Nonce, keys: Keys },
    /// The tokens are here; the authority's keys are awaited.
    AwaitingKeys { app: Box<App>, nonce: Nonce, redeemed: Box<Redeemed> },
    /// The result of the signature check of the ID token is awaited.
    CheckingSignature { app: Box<App>, nonce: Nonce, redeemed: Box<Redeemed> },
    /// The ID token is valid; the exchange for D is in flight.
    Exchanging { person: Box<AuthenticatedPerson>, exchange: PendingExchange },
    /// The person is signed in. D is renewed in this stage, too.
    SignedIn { person: Box<AuthenticatedPerson>, active: Box<ActiveSignIn>, renewal: Renewal },
    /// D of a new guest is awaited.
    RequestingGuest,
    /// A guest is signed in. Their D is not renewed: a new one would be another guest's.
    Guest { guest: Exchanged },
    /// The page cannot be used until it is loaded again.
    Stopped { problem: Problem },
}

/// What happens once the authority's endpoints are known.
#[derive(Debug)]
pub(super) enum NextStep {
    /// The person goes to the authority.
    Leave { pending: PendingSignIn, options: AuthorizationOptions },
    /// The authorization response is checked.
    Return { pending: PendingSignIn, response: RedactedText },
}

/// A sign-in in a separate window.
#[derive(Debug)]
pub(super) struct WindowWait {
    pub(super) app: Box<App>,
    pub(super) pending: PendingSignIn,
    /// When it started, in seconds of the monotonic clock.
    pub(super) since: u64,
}

/// The authority's keys, which are fetched while the code is redeemed.
#[derive(Debug)]
pub(super) enum Keys {
    Awaited,
    Arrived(KeySet),
}

/// The tokens for the authorization code. None of them may be used before the ID token is valid (SEC-011).
#[derive(Debug)]
pub(super) struct Redeemed {
    pub(super) id_token: UnverifiedIdToken,
    pub(super) entra: EntraAccessToken,
    pub(super) refresh: RefreshToken,
    /// Keys rotate, so an unknown key causes one more fetch; never two.
    pub(super) keys_requested_again: bool,
}

impl Stage {
    /// The view state of the page. `by_window` is whether people sign in in a separate window.
    pub(super) fn view_state(&self, by_window: bool) -> ViewState {
        let signing_in = |app: &App, step| {
            let with_caller = app.application.exchange.requires_caller_token().then_some(Step::Authorizing);
            let steps = [Some(Step::Redeeming), Some(Step::Checking), with_caller, Some(Step::Exchanging)];
            ViewState::SigningIn { step, steps: steps.into_iter().flatten().collect() }
        };
        match self {
            Self::Configuring { .. } => ViewState::Starting,
            Self::SignedOut { problem, notice } => ViewState::SignedOut { problem: problem.clone(), notice: *notice },
            Self::Discovering { next_step: NextStep::Return { .. }, .. } => ViewState::Starting,
            Self::Discovering { next_step: NextStep::Leave { .. }, .. } if by_window => ViewState::AtWindow,
            Self::Discovering { .. } | Self::Leaving => ViewState::Leaving,
            Self::Reserving { .. } | Self::AtWindow { .. } => ViewState::AtWindow,
            Self::Redeeming { app, .. } => signing_in(app, Step::Redeeming),
            Self::AwaitingKeys { app, .. } | Self::CheckingSignature { app, .. } => signing_in(app, Step::Checking),
            Self::Exchanging { person, exchange } => signing_in(&person.app, exchange.step()),
            Self::SignedIn { person, active, .. } => active.view_state(&person.identity),
            Self::RequestingGuest => ViewState::SigningIn { step: Step::Exchanging, steps: vec![Step::Exchanging] },
            Self::Guest { guest: Exchanged { token, expires_at, communication_id } } => ViewState::SignedIn {
                account: None,
                communication_id: communication_id.clone(),
                token: Some(token.clone()),
                expires_at: expires_at.seconds(),
                renewal_problem: None,
            },
            Self::Stopped { problem } => ViewState::Stopped { problem: problem.clone() },
        }
    }
}

/// The signed-out stage without a problem.
pub(super) fn signed_out_without_error(notice: Option<Notice>) -> Next {
    (Stage::SignedOut { problem: None, notice }, vec![])
}

/// The signed-out stage with the reason why the sign-in ended.
pub(super) fn signed_out(problem: Problem) -> Next {
    (Stage::SignedOut { problem: Some(problem), notice: None }, vec![])
}
