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
    rate_limit::{Network, RateLimit},
};

/// How many may wait for an answer at once: each holds a connection.
const WAITING: usize = 1024;

/// Answers that one address may leave in a minute. Five minutes of the largest ones are less than a third of what is kept in
/// memory, so that one address cannot keep all others out.
const ANSWERS_PER_MINUTE: u32 = 120;

/// Until whoever was shed may come again.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Mailbox {
    secret: MailboxSecret,
    store: Store,
    waiting: Semaphore,
    answers: RateLimit<Network>,
}

impl Mailbox {
    pub(crate) fn new(place: MailboxPlace) -> Self {
        let (secret, store) = match place {
            MailboxPlace::Memory => (MailboxSecret::generate(), Store::Memory(Memory::default())),
            MailboxPlace::Redis { client, secret } => (*secret, Store::Redis(Box::new(Redis::new(*client)))),
        };
        Self { secret, store, waiting: Semaphore::new(WAITING), answers: RateLimit::per_minute(ANSWERS_PER_MINUTE) }
    }
}
