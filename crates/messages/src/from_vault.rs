use serde::{Deserialize, Serialize};

use crate::{AcsToken, Private, Problem};

/// All that the vault says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FromVault {
    /// The first message: the vault runs, under its own policy. Nothing is sent to it before.
    Ready {
        /// [`BUILD`](crate::BUILD) of the vault.
        build: String,
    },
    /// How far the sign-in is. Sent whenever it changes, and on `show`.
    Picture {
        /// The picture itself.
        picture: Picture,
    },
    /// Go to this address in this tab.
    Leave {
        /// Entra's authorization or end-session endpoint, with its parameters.
        url: String,
        /// To be kept in `sessionStorage` until the way back: the redirect flow's only stored state.
        transaction: Option<Private>,
    },
}

/// What a person may know of the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Picture {
    /// The configuration is being read, or the authority asked for its endpoints.
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
    },
    /// The page is about to go to Entra.
    Leaving,
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
        /// Whose it is.
        account: Account,
        /// Artifact D.
        token: AcsToken,
        /// When it ends, in seconds since 1970.
        expires_at: u64,
        /// Why it could not be renewed, if it could not.
        trouble: Option<Problem>,
    },
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
