use serde::{Deserialize, Serialize};

use crate::{AcsToken, Problem, RedactedText};

/// A message from the vault to the page, as JSON text.
///
/// ```json
/// {"ready":{"build":"0123456789abcdef"}}
/// {"site":{"site":{"signInMethods":[],"byWindow":false,"portals":[]}}}
/// {"viewState":{"viewState":{"signedOut":{"problem":null,"notice":null}}}}
/// {"leave":{"url":"https://login.microsoftonline.com/…/authorize?…","transaction":"…"}}
/// {"greet":{"greeting":{"url":"https://login.microsoftonline.com/…/authorize?…","state":"…","mailbox":null}}}
/// "taken"
/// {"remember":{"remembered":null}}
/// ```
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FromVault {
    /// The first message: the vault runs under its own policy. The page sends nothing before it.
    Ready {
        /// The vault's [`BUILD`](crate::BUILD).
        build: String,
    },
    /// The configuration, as far as the page needs it. Sent when it was read, and on [`Show`](crate::ToVault::Show).
    Site {
        /// The configuration.
        site: Site,
    },
    /// What the page shows. Sent when it changed, and on [`Show`](crate::ToVault::Show).
    #[serde(rename_all = "camelCase")]
    ViewState {
        /// The new view state.
        view_state: ViewState,
    },
    /// Asks the page to go to an address in this tab.
    Leave {
        /// Entra's authorization, consent or end-session endpoint, with its parameters.
        url: String,
        /// The transaction, which the page stores in `sessionStorage` until the person is back. The redirect flow
        /// stores nothing else.
        transaction: Option<RedactedText>,
    },
    /// Asks the page to greet the sign-in window that it opened on the click.
    Greet {
        /// The greeting to forward.
        greeting: Greeting,
    },
    /// The vault accepted the authorization response that the sign-in window sent: the window can close.
    Taken,
    /// Asks the page to store an account in `sessionStorage` for its next load in this tab, or to delete the stored
    /// one.
    Remember {
        /// The account to store, without a token. `None` deletes.
        remembered: Option<RedactedText>,
    },
}

/// The configuration, as far as the page needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// The sign-in methods that the page offers.
    pub sign_in_methods: Vec<SignInMethod>,
    /// Whether the page opens a window on the click that begins a sign-in.
    pub by_window: bool,
    /// The portals that may embed the page.
    pub portals: Vec<Portal>,
}

/// A sign-in method: one profile of the configuration.
///
/// ```json
/// {"profile":"teams","label":"Sign in for Teams","picked":false,"consent":null}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInMethod {
    /// The name of the profile, as in [`ToVault::SignIn`](crate::ToVault::SignIn).
    pub profile: String,
    /// The label of the button, where there are several methods.
    pub label: Option<String>,
    /// Whether this method was chosen among several: by a portal, by the last attempt, or by a remembered account.
    pub picked: bool,
    /// What an administrator can consent to. `None` for guests, who do not sign in.
    pub consent: Option<Consent>,
}

impl SignInMethod {
    /// Whether the person signs in at the authority. A guest does not.
    pub fn leads_to_entra(&self) -> bool {
        self.consent.is_some()
    }
}

/// The permissions that an administrator can grant for their organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// The client id of the application (A3).
    pub client_id: String,
    /// The permissions, as Entra names them.
    pub permissions: Vec<String>,
    /// The address at Entra where an administrator grants exactly these permissions.
    pub url: String,
    /// The address at Entra where an administrator grants all permissions of the application's registration.
    pub registered_url: String,
}

/// A site that may embed the page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Portal {
    /// The origin, as browsers serialize it: `https://portal.example`.
    pub origin: String,
    /// Whether the portal receives the ACS token.
    pub receives_token: bool,
    /// Whether the person's activity in the portal counts against the idle limit.
    pub counts_activity: bool,
}

/// What the sign-in window needs to go to Entra and to return the response. It is no secret: the verifier stays in the
/// vault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Greeting {
    /// Entra's authorization endpoint, with its parameters.
    pub url: String,
    /// The parameter `state`, which binds the authorization response to this sign-in.
    pub state: String,
    /// The address of the return mailbox, if there is one, for a window that cannot reach the page.
    pub mailbox: Option<String>,
}

/// What the page shows of the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ViewState {
    /// The configuration is being read.
    Starting,
    /// The page cannot work until the problem is fixed.
    Stopped {
        /// What must be fixed.
        problem: Problem,
    },
    /// The person is signed out.
    SignedOut {
        /// Why the last sign-in or session ended, if it ended with a problem.
        problem: Option<Problem>,
        /// A notice that is no problem.
        notice: Option<Notice>,
    },
    /// The page is about to go to Entra.
    Leaving,
    /// The person signs in, in the window that the page opened.
    AtWindow,
    /// The authorization response is here, and the vault completes the sign-in.
    SigningIn {
        /// The step in progress.
        step: Step,
        /// All steps of this sign-in, in order.
        steps: Vec<Step>,
    },
    /// The person is signed in.
    #[serde(rename_all = "camelCase")]
    SignedIn {
        /// The person's account. `None` for a guest.
        account: Option<Account>,
        /// The identity in ACS (`8:acs:…`), if the exchange service returns it.
        communication_id: Option<String>,
        /// The ACS access token (D). `None` while an expired one is not renewed yet.
        token: Option<AcsToken>,
        /// When the token expires or expired, in seconds since 1970.
        expires_at: u64,
        /// Why the token could not be renewed.
        renewal_problem: Option<Problem>,
    },
}

/// A notice for a person who is signed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// An administrator returned from Entra's consent page, and the response has no error.
    ConsentGranted,
    /// An administrator returned from Entra's consent page, and the response has an error.
    ConsentRefused,
    /// A consent response arrived that this tab did not request, so it proves nothing.
    ConsentUnknown,
    /// The person signed out in another tab.
    SignedOutElsewhere,
}

/// The steps of a sign-in after the authorization response, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// The authorization code is exchanged for tokens.
    Redeeming,
    /// The ID token is checked.
    Checking,
    /// The token for the exchange service is fetched.
    Authorizing,
    /// The exchange service, or ACS itself, issues the ACS token.
    Exchanging,
}

/// The account that signed in, for people to read. The exchange service takes the person from the validated caller
/// token (B), never from here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The person's name.
    pub name: Option<String>,
    /// The name that the person signs in with.
    pub username: Option<String>,
    /// The Entra tenant (`tid`).
    pub tenant_id: String,
    /// The object id in that tenant (`oid`).
    pub object_id: String,
}
