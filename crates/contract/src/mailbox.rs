//! The return mailbox at the exchange service. It hands an authorization response from a window to a frame if the
//! browser lets no message pass between them.
//!
//! | request | effect |
//! |---|---|
//! | `POST {url}` | reserves a mailbox |
//! | `POST {url}/{id}` | leaves one response |
//! | `GET {url}/{id}` with the key as the bearer token | waits for the response, ten seconds at most |
//! | `DELETE {url}/{id}` with the key | ends the mailbox |

use serde::{Deserialize, Serialize};

use crate::secret::{AuthorizationResponse, MailboxKey};

/// The body of 201: a mailbox for five minutes.
///
/// ```json
/// { "id": "Jb3kT…", "key": "n4bQg…" }
/// ```
#[derive(Debug, Deserialize, Serialize)]
pub struct Reservation {
    /// Allows to leave one response. Part of addresses: letters, digits, `-` and `_`.
    pub id: String,
    /// Allows to take the response.
    pub key: MailboxKey,
}

/// The body of 200, the same until the mailbox ends.
///
/// ```json
/// { "response": "code=…&state=…" }
/// ```
#[derive(Debug, Deserialize, Serialize)]
pub struct Delivery {
    /// The fragment of the authorization response, without the `#`.
    pub response: AuthorizationResponse,
}
