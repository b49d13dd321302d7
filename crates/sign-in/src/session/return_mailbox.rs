use contract::{mailbox::Reservation, secret::MailboxKey};

use super::{
    io::{Effect, RequestKind},
    now::Now,
};
use crate::http::{Method, Request};

/// The shortest time between two polls, in seconds. The mailbox responds after ten seconds at most. If it responds
/// sooner, it is not polled again at once.
const MIN_POLL_INTERVAL: u64 = 5;

/// The return mailbox of one sign-in: `return.html` leaves the authorization response there if no message reaches this
/// page. The key never leaves the vault except to the mailbox.
#[derive(Debug)]
pub(super) struct ReturnMailbox {
    url: String,
    key: MailboxKey,
    poll: Poll,
}

#[derive(Debug, Clone, Copy)]
enum Poll {
    /// The poll is in flight since this second of the monotonic clock.
    InFlight { since: u64 },
    /// The mailbox responded. The next tick sends another poll.
    Responded,
    /// The mailbox does not exist any more.
    Gone,
}

impl ReturnMailbox {
    /// A reserved mailbox, whose first poll is in flight. `None` if the reservation cannot be used.
    pub(super) fn new(base: &str, reservation: Reservation, now: Now) -> Option<Self> {
        let Reservation { id, key } = reservation;
        let url = format!("{base}/{id}");
        (is_mailbox_id(&id) && key.is_token()).then(|| Self { url, key, poll: Poll::InFlight { since: now.monotonic } })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The request for the authorization response.
    pub(super) fn poll(&self) -> Effect {
        Effect::Send(RequestKind::MailboxPoll, Request::authorized(Method::Get, self.url.clone(), self.key.expose()))
    }

    /// The request that releases the mailbox. A window that returns later then learns that the page no longer waits.
    pub(super) fn release(&self) -> Effect {
        let request = Request::authorized(Method::Delete, self.url.clone(), self.key.expose());
        Effect::Send(RequestKind::MailboxRelease, request)
    }

    /// Handles the response to a poll without our authorization response. `None` if the mailbox did not respond.
    /// Returns the next poll.
    pub(super) fn polled(&mut self, status: Option<u16>, now: Now) -> Option<Effect> {
        let since = match self.poll {
            Poll::InFlight { since } => since,
            Poll::Responded | Poll::Gone => now.monotonic,
        };
        self.poll = match status {
            // A mailbox holds one response. If it is not ours, no other one will come.
            Some(200 | 401 | 404) => Poll::Gone,
            Some(204) if now.monotonic.saturating_sub(since) >= MIN_POLL_INTERVAL => {
                self.poll = Poll::InFlight { since: now.monotonic };
                return Some(self.poll());
            }
            _ => Poll::Responded,
        };
        None
    }

    /// Returns the next poll if it is due.
    pub(super) fn tick(&mut self, now: Now) -> Option<Effect> {
        if !matches!(self.poll, Poll::Responded) {
            return None;
        }
        self.poll = Poll::InFlight { since: now.monotonic };
        Some(self.poll())
    }
}

/// The id becomes part of an address, so it may contain nothing that has a meaning there.
fn is_mailbox_id(id: &str) -> bool {
    (1..=256).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
