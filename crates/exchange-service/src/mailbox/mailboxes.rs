//! The mailboxes of one deployment: reservations, answers and waiting requests together.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use contract::{mailbox::Reservation, secret::RawAnswer};
use tokio::{select, time::timeout};

use super::{
    ids::{MailboxSecret, Reserved},
    memory::Memory,
    redis::Redis,
    refusal::Refusal,
    settings::MailboxPlace,
    store::Store,
    waiters::Waiters,
};
use crate::{
    clock::Clock,
    rate_limit::{RateLimit, Site},
    telemetry::metrics::Occupancy,
};

/// How often one site may leave an answer or give a mailbox up, which is what takes room.
const CHANGES_PER_MINUTE: u32 = 240;

/// Well within what a request may take altogether.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

pub(crate) struct Mailbox {
    secret: MailboxSecret,
    store: Store,
    waiters: Waiters,
    changes: RateLimit<Site>,
    draining: AtomicBool,
}

impl Mailbox {
    pub(crate) fn new(place: MailboxPlace) -> Self {
        let (secret, store) = match place {
            MailboxPlace::Memory => (MailboxSecret::generate(), Store::Memory(Memory::default())),
            MailboxPlace::Redis { client, secret } => (*secret, Store::Redis(Box::new(Redis::new(*client)))),
        };
        let changes = RateLimit::per_minute(CHANGES_PER_MINUTE);
        Self { secret, store, waiters: Waiters::default(), changes, draining: AtomicBool::new(false) }
    }

    /// A new mailbox. All times are in seconds since 1970.
    pub(crate) fn reserve(&self, now: u64) -> Reservation {
        self.secret.reserve(now)
    }

    /// The mailbox with this id; `None` if the id was not made here or has expired.
    pub(crate) fn reserved(&self, id: &str, now: u64) -> Option<Reserved> {
        self.secret.reserved(id, now)
    }

    /// Whether this key opens that mailbox.
    pub(crate) fn opens(&self, reserved: &Reserved, key: &str) -> bool {
        self.secret.opens(reserved, key)
    }

    /// Counts a change of this site at `now` (monotonic), or says how long to wait before the next one.
    pub(crate) fn admit_change(&self, site: Site, now: Duration) -> Result<(), Duration> {
        self.changes.admit(site, now)
    }

    /// Leaves an answer, once.
    pub(crate) async fn fill(
        &self,
        reserved: Reserved,
        answer: RawAnswer,
        site: Option<Site>,
        now: u64,
    ) -> Result<(), Refusal> {
        self.store.fill(reserved, answer, site, now).await
    }

    /// Ends the mailbox, whether it has an answer or not.
    pub(crate) async fn forget(&self, reserved: Reserved, site: Option<Site>, now: u64) -> Result<(), Refusal> {
        self.store.forget(reserved, site, now).await
    }

    /// The answer, once there is one; `None` if it does not come in time, or the wait ends for another reason.
    pub(crate) async fn wait(
        &self,
        reserved: Reserved,
        site: Option<Site>,
        clock: &dyn Clock,
    ) -> Result<Option<RawAnswer>, Refusal> {
        let look = || self.store.read(&reserved, clock.unix_seconds());
        if let Some(answer) = look().await? {
            return Ok(Some(answer));
        }
        let mut place = self.waiters.enter(reserved, site).ok_or(Refusal::TooManyWaiters)?;
        let answered = timeout(LONGEST_WAIT, async {
            loop {
                // Begun before the look, because otherwise a change between the two is missed.
                let changed = self.store.changed();
                match look().await {
                    Ok(None) => {}
                    // Given up during the wait, which is how most sign-ins end: no refusal.
                    Err(Refusal::Forgotten) => return Ok(None),
                    found => return found,
                }
                // While draining, answer early so that clients poll another instance.
                if self.draining.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                select! {
                    () = changed => {}
                    () = place.lost() => return Ok(None),
                }
            }
        });
        answered.await.unwrap_or(Ok(None))
    }

    /// How full the mailboxes are at `now`.
    pub(crate) fn occupancy(&self, now: u64) -> Occupancy {
        Occupancy { in_use: self.store.in_use(now), waiting: self.waiters.count() }
    }

    /// Ends all waits, now and later, because the process is about to end.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.store.wake();
    }
}
