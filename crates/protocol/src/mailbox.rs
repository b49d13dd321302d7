//! The return mailbox at the exchange service: how an authorization response comes from a window to a frame that no
//! browser lets it speak to.
//!
//! `POST {url}` reserves, `POST {url}/{id}` leaves one answer, `GET {url}/{id}` with the key as the bearer token waits for
//! it ten seconds at most, `DELETE {url}/{id}` with the key forgets it.

use serde::{Deserialize, Serialize};

use crate::secret::{MailboxKey, RawAnswer};

/// The longest authorization response, in bytes, for the page, the mailbox and `return.js`. More than any of Entra's: its
/// codes have one or two thousand bytes, those of Azure AD B2C more than four thousand.
pub const MAX_ANSWER: usize = 16 * 1024;

/// The body of 201: a mailbox for five minutes.
#[derive(Debug, Deserialize, Serialize)]
pub struct Reservation {
    /// Who knows it may leave one answer. It stands in addresses: letters, digits, `-` and `_`.
    pub id: String,
    /// Who knows it may take the answer.
    pub key: MailboxKey,
}

/// The body of 200, the same until the mailbox is forgotten.
#[derive(Debug, Deserialize, Serialize)]
pub struct Delivery {
    /// What Entra put into the fragment, without the `#`.
    pub answer: RawAnswer,
}
