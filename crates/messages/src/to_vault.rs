use serde::{Deserialize, Serialize};

use crate::Private;

/// All that anybody can ask of the vault. There is no message that names an endpoint, an origin, a client id, a
/// scope, or asks for what the vault holds.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ToVault {
    /// The machine woke up, the network came back, or somebody looks at the page again.
    Awake,
    /// The first message, once: what the page's address and storage held when it was loaded.
    Begin(Opening),
    /// Asks for the present [`Picture`](crate::Picture) again; the page's interface starts after the vault.
    Show,
    /// The person wants to sign in.
    SignIn {
        /// Asks Entra to offer all accounts, also where one session would do.
        #[serde(rename = "chooseAccount")]
        choose_account: bool,
    },
    /// The page could not keep the transaction, so it did not leave.
    Stay,
    /// The person wants to sign out: everything is forgotten before anything else happens.
    SignOut,
}

/// What the page found when it was loaded. `boot.js` collects it before any other program of the page runs.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opening {
    /// The page's own address without query and fragment.
    pub address: String,
    /// The fragment that Entra sent back, taken out of the address.
    pub answer: Option<Private>,
    /// The transaction that waited in `sessionStorage`, taken out of it.
    pub transaction: Option<Private>,
}
