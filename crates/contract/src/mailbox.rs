//! The return mailbox at the exchange service. It hands an authorization response from a window to a frame if the
//! browser lets no message pass between them.
//!
//! | request | effect |
//! |---|---|
//! | `POST {url}` | reserves a mailbox |
//! | `POST {url}/{id}` | leaves one response |
//! | `GET {url}/{id}` with the key as the bearer token | waits for the response, ten seconds at most |
//! | `DELETE {url}/{id}` with the key | ends the mailbox |

use messages::json::{self, Malformed};
use serde::Serialize;

use crate::secret::{AuthorizationResponse, MailboxKey};

/// The body of 201: a mailbox for five minutes.
///
/// ```json
/// { "id": "Jb3kT…", "key": "n4bQg…" }
/// ```
#[derive(Debug, Serialize)]
pub struct Reservation {
    /// Allows to leave one response. Part of addresses: letters, digits, `-` and `_`.
    pub id: String,
    /// Allows to take the response.
    pub key: MailboxKey,
}

impl Reservation {
    /// Reads a body.
    ///
    /// # Errors
    /// If it is not the JSON of a reservation.
    pub fn from_json(body: &str) -> Result<Self, Malformed> {
        let mut body = json::read_members(body, &["id", "key"])?;
        let reservation = Self { id: body.text("id"), key: MailboxKey::new(body.text("key")) };
        body.finish().map(|()| reservation)
    }
}

/// The body of 200, the same until the mailbox ends.
///
/// ```json
/// { "response": "code=…&state=…" }
/// ```
#[derive(Debug, Serialize)]
pub struct Delivery {
    /// The fragment of the authorization response, without the `#`.
    pub response: AuthorizationResponse,
}

impl Delivery {
    /// Reads a body.
    ///
    /// # Errors
    /// If it is not the JSON of a delivery.
    pub fn from_json(body: &str) -> Result<Self, Malformed> {
        let mut body = json::read_members(body, &["response"])?;
        let delivery = Self { response: AuthorizationResponse::new(body.text("response")) };
        body.finish().map(|()| delivery)
    }
}
