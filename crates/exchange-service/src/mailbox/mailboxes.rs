//! The mailboxes of one deployment: reservations, stored responses and waiting requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
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

/// How often one site can fill or release mailboxes in a minute. Both take up memory.
const CHANGES_PER_MINUTE: u32 = 240;

/// The longest wait. Less than the timeout of a request.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

pub(crate) struct Mailbox {
    secret: MailboxSecret,
    store: Store,
    waiters: Waiters,
    changes: RateLimit<Site>,
    draining: AtomicBool,
}

impl Mailbox {
    pub(crate) fn new(place: MailboxPlace, clock: &Arc<dyn Clock>) -> Self {
        let (secret, store) = match place {
            MailboxPlace::Memory => (MailboxSecret::generate(), Store::Memory(Memory::default())),
            MailboxPlace::Redis { client, secret } => (*secret, Store::Redis(Box::new(Redis::new(*client)))),
        };
        let changes = RateLimit::per_minute(CHANGES_PER_MINUTE, clock);
        Self { secret, store, waiters: Waiters::default(), changes, draining: AtomicBool::new(false) }
    }

    /// Reserves a mailbox. All times are in seconds since 1970.
    pub(crate) fn reserve(&self, now: u64) -> Reservation {
        self.secret.reserve(now)
    }

    /// The mailbox with this id; `None` if this deployment did not make the id, or if it has expired.
    pub(crate) fn reserved(&self, id: &str, now: u64) -> Option<Reserved> {
        self.secret.reserved(id, now)
    }

    /// Whether this is the key of that mailbox.
    pub(crate) fn opens(&self, reserved: &Reserved, key: &str) -> bool {
        self.secret.opens(reserved, key)
    }

    /// Counts a change of this site, or returns how long to wait before the next one.
    pub(crate) fn admit_change(&self, site: Site) -> Result<(), Duration> {
        self.changes.admit(&site)
    }

    /// Leaves a response. A mailbox accepts only one.
    pub(crate) async fn fill(
        &self,
        reserved: Reserved,
        answer: RawAnswer,
        site: Option<Site>,
        now: u64,
    ) -> Result<(), Refusal> {
        self.store.fill(reserved, answer, site, now).await
    }

    /// Releases the mailbox, with or without a response.
    pub(crate) async fn forget(&self, reserved: Reserved, site: Option<Site>, now: u64) -> Result<(), Refusal> {
        self.store.forget(reserved, site, now).await
    }

    /// Waits for the response. `None` if it does not arrive in time, or if the wait ends for another reason.
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
                // Subscribes before reading, because otherwise a change between the two would be missed.
                let changed = self.store.changed();
                match look().await {
                    Ok(None) => {}
                    // The mailbox was released during the wait, which is the normal end of a sign-in and not a refusal.
                    Err(Refusal::Forgotten) => return Ok(None),
                    found => return found,
                }
                // While draining, respond early so that clients poll another instance.
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

    /// Ends all current and later waits, because the process is about to end.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.store.wake();
    }
}
