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
mod shares;
mod store;
mod waiters;

use std::time::Duration;

pub(crate) use self::{ids::MailboxSecret, routes::routes};
use self::{memory::Memory, redis::Redis, store::Store, waiters::Waiters};
use crate::{
    configuration::MailboxPlace,
    rate_limit::{RateLimit, Site},
};

/// The bytes that all mailboxes of one store may take together.
const ROOM: usize = 32 * 1024 * 1024;

/// What a mailbox counts besides its answer. So there are 65,536 mailboxes at most.
const OVERHEAD: usize = 512;

/// How often one site may leave an answer or give a mailbox up, which is what takes room.
const CHANGES_PER_MINUTE: u32 = 240;

/// Until whoever was shed may come again.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Mailbox {
    secret: MailboxSecret,
    store: Store,
    waiters: Waiters,
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
        Self { secret, store, waiters: Waiters::default(), changes: RateLimit::per_minute(CHANGES_PER_MINUTE) }
    }

    /// At `now`, in seconds since 1970.
    pub(crate) fn occupancy(&self, now: u64) -> Occupancy {
        Occupancy { in_use: self.store.in_use(now), waiting: self.waiters.count() }
    }

    /// Whoever waits looks again, because something else than an answer ends the wait.
    pub(crate) fn wake(&self) {
        self.store.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use protocol::mailbox::MAX_ANSWER;

    use super::ids::Reserved;
    use crate::{body::LARGEST, rate_limit::Site};

    #[test]
    fn the_window_and_the_mailbox_have_one_limit_for_an_answer() {
        let window = include_str!("../../../../public/return.js");
        let limit = window.lines().find_map(|line| line.strip_prefix("const MAX_LENGTH = ")).unwrap();
        let limit: usize = limit.trim_end_matches(';').replace('_', "").parse().unwrap();
        assert_eq!((limit, LARGEST), (MAX_ANSWER, MAX_ANSWER));
    }

    pub(super) fn reserved(number: u64) -> Reserved {
        let mut random = [0; 16];
        random[..8].copy_from_slice(&number.to_be_bytes());
        Reserved { expires_at: 300, random }
    }

    pub(super) fn site(number: u8) -> Option<Site> {
        Some(Site::from(std::net::IpAddr::from(Ipv4Addr::new(192, 0, 2, number))))
    }
}
