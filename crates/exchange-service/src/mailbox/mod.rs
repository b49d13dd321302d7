//! The return mailbox: where a window leaves an authorization response for a frame that it cannot speak to, because Entra's
//! policy has cut it off from its opener.
//!
//! The frame reserves `{id, key}`; the window gets the id only, and leaves one answer; the frame takes it with the key. What
//! passes is worthless without the verifier, which never leaves the frame.

mod answer;
mod ids;
mod memory;
mod redis;
mod routes;
mod store;

use std::time::Duration;

use tokio::sync::Semaphore;

pub(crate) use self::{ids::MailboxSecret, routes::routes};
use self::{memory::Memory, redis::Redis, store::Store};
use crate::{
    configuration::MailboxPlace,
    rate_limit::{RateLimit, Site},
};

/// How many may wait for an answer at once: each holds a connection.
const WAITING: usize = 1024;

/// An answer's bytes. Entra's codes have a thousand or two, those of Azure AD B2C were seen to pass four thousand.
const LONGEST_ANSWER: usize = 8 * 1024;

/// How often one site may leave an answer or give a mailbox up, which is what takes room. A minute's worth at once and then
/// five minutes of the rest, all of the longest, are less than half of the room, so that one site cannot keep all others out.
const CHANGES_PER_MINUTE: u32 = 240;

/// Until whoever was shed may come again.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Mailbox {
    secret: MailboxSecret,
    store: Store,
    waiting: Semaphore,
    changes: RateLimit<Site>,
}

/// How full the mailboxes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occupancy {
    /// With an answer, or given up and remembered as that. Only Redis knows it of its own.
    pub(crate) in_use: Option<usize>,
    /// Requests that wait for an answer.
    pub(crate) waiting: usize,
}

impl Mailbox {
    pub(crate) fn new(place: MailboxPlace) -> Self {
        let (secret, store) = match place {
            MailboxPlace::Memory => (MailboxSecret::generate(), Store::Memory(Memory::default())),
            MailboxPlace::Redis { client, secret } => (*secret, Store::Redis(Box::new(Redis::new(*client)))),
        };
        Self { secret, store, waiting: Semaphore::new(WAITING), changes: RateLimit::per_minute(CHANGES_PER_MINUTE) }
    }

    /// At `now`, in seconds since 1970.
    pub(crate) fn occupancy(&self, now: u64) -> Occupancy {
        let waiting = WAITING - self.waiting.available_permits().min(WAITING);
        Occupancy { in_use: self.store.in_use(now), waiting }
    }

    /// Whoever waits looks again, because something else than an answer ends the wait.
    pub(crate) fn wake(&self) {
        self.store.wake();
    }
}
