use serde::{Deserialize, Serialize};

use crate::{AcsToken, Problem, RedactedText};

/// All that the vault says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FromVault {
    /// The first message: the vault runs, under its own policy. Nothing is sent to it before.
    Ready {
        /// [`BUILD`](crate::BUILD) of the vault.
        build: String,
    },
    /// What the configuration says about the page. Sent once it was read, and on `show`.
    Site {
        /// It.
        site: Site,
    },
    /// How far the sign-in is. Sent whenever it changes, and on `show`.
    #[serde(rename_all = "camelCase")]
    ViewState {
        /// The state itself.
        view_state: ViewState,
    },
    /// Go to this address in this tab.
    Leave {
        /// Entra's authorization, consent or end-session endpoint, with its parameters.
        url: String,
        /// To be kept in `sessionStorage` until the way back: the redirect flow's only stored state.
        transaction: Option<RedactedText>,
    },
    /// Hand this to the window that was opened on the click.
    Greet {
        /// It.
        greeting: Greeting,
    },
    /// The answer that was handed over is one that the vault waited for: the window may close.
    Taken,
    /// Keep this for when the page is loaded again in this tab, or, if it is nothing, forget what was kept.
    Remember {
        /// Whose sign-in it was; no token.
        remembered: Option<RedactedText>,
    },
}

/// What the configuration says about the page, as far as the interface needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// The sign-in methods that the page offers.
    pub sign_in_methods: Vec<SignInMethod>,
    /// Whether a window has to be opened on the click that begins a sign-in.
    pub by_window: bool,
    /// Who may embed the page.
    pub portals: Vec<Portal>,
}

/// A sign-in method: one profile of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInMethod {
    /// Its name in [`ToVault::SignIn`](crate::ToVault::SignIn).
    pub profile: String,
    /// What its button says, if there are several.
    pub label: Option<String>,
    /// Whether it was picked among several: by a portal, by the last attempt, or by what is remembered of an earlier sign-in.
    pub picked: bool,
    /// What an administrator can do here; nothing where nobody signs in.
    pub consent: Option<Consent>,
}

impl SignInMethod {
    /// Whether it is a sign-in at Entra; a guest does not sign in.
    pub fn leads_to_entra(&self) -> bool {
        self.consent.is_some()
    }
}

/// What an administrator of an organization is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// The application's id.
    pub client_id: String,
    /// The permissions, as Entra names them.
    pub permissions: Vec<String>,
    /// Where an administrator grants exactly these for their organization.
    pub url: String,
    /// Where they grant everything that the registration of the application lists.
    pub registered_url: String,
}

/// A site that may embed the page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Portal {
    /// Its origin, as browsers write it.
    pub origin: String,
    /// Whether it gets the ACS token.
    pub receives_token: bool,
    /// Whether the person's activity in the portal counts against the idle limit.
    pub counts_activity: bool,
}

/// What a window needs to go to Entra and to find back: no secret, and worthless without the verifier, which stays in
/// the vault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Greeting {
    /// Entra's authorization endpoint, with its parameters.
    pub url: String,
    /// Binds the answer to this sign-in.
    pub state: String,
    /// Where the answer can be left if nothing else reaches this page.
    pub mailbox: Option<String>,
}

/// What the page shows of the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ViewState {
    /// The configuration is being read.
    Starting,
    /// Nothing can be done here until somebody mends something.
    Stopped {
        /// What it is.
        problem: Problem,
    },
    /// Nobody is signed in.
    SignedOut {
        /// Why the last sign-in did not succeed, if there was one.
        problem: Option<Problem>,
        /// What else there is to say.
        notice: Option<Notice>,
    },
    /// The page is about to go to Entra.
    Leaving,
    /// The person signs in in the window that was opened.
    AtWindow,
    /// The person is back, and the vault works.
    SigningIn {
        /// At what.
        step: Step,
        /// All that this sign-in goes through, in order.
        steps: Vec<Step>,
    },
    /// The ACS token is here.
    #[serde(rename_all = "camelCase")]
    SignedIn {
        /// Whose it is. Nobody's, if it is that of a guest for development.
        account: Option<Account>,
        /// Whose token it is in ACS (`8:acs:…`), where the exchange says it.
        communication_id: Option<String>,
        /// Artifact D; nothing while one that has ended could not be renewed yet.
        token: Option<AcsToken>,
        /// When it ends or ended, in seconds since 1970.
        expires_at: u64,
        /// Why it could not be renewed, if it could not.
        trouble: Option<Problem>,
    },
}

/// What there is to say to somebody who is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// An administrator went to grant consent from here, and came back without an error.
    ConsentGranted,
    /// They came back with one.
    ConsentRefused,
    /// The answer of a consent page came that was not asked for from this tab: it proves nothing.
    ConsentUnknown,
    /// The person signed out in another tab.
    SignedOutElsewhere,
}

/// The steps of a sign-in after the person is back, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// The authorization code is exchanged for tokens.
    Redeeming,
    /// The ID token is checked.
    Checking,
    /// The token for the exchange service is fetched.
    Authorizing,
    /// The exchange service, or ACS itself, is asked for the ACS token.
    Exchanging,
}

/// Who signed in. For people to read; the exchange service takes it from its own validated token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The person's name.
    pub name: Option<String>,
    /// The name they sign in with.
    pub username: Option<String>,
    /// The Entra tenant (`tid`).
    pub tenant_id: String,
    /// The object id in that tenant (`oid`).
    pub object_id: String,
}
