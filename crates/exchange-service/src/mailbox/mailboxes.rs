//! The mailboxes of one deployment: reservations, stored responses and waiting requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use contract::{UnixTime, secret::AuthorizationResponse};
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

/// How often one site can fill or release mailboxes in a minute.
const CHANGES_PER_MINUTE: u32 = 240;

/// The longest wait. Less than the timeout of a request.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Mailbox {
    pub(crate) secret: MailboxSecret,
    pub(crate) store: Store,
    waiters: Waiters,
    /// Counts what fills or releases a mailbox, because both take up memory.
    pub(crate) changes: RateLimit<Site>,
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

    /// Waits for the response. `None` if it does not arrive in time, or if the wait ends for another reason.
    pub(crate) async fn wait(
        &self,
        reserved: Reserved,
        site: Option<Site>,
        clock: &dyn Clock,
    ) -> Result<Option<AuthorizationResponse>, Refusal> {
        let look = || self.store.read(&reserved, clock.now());
        if let Some(response) = look().await? {
            return Ok(Some(response));
        }
        let mut slot = self.waiters.enter(reserved, site).ok_or(Refusal::TooManyWaiters)?;
        let answered = timeout(WAIT_TIMEOUT, async {
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
                    () = slot.lost() => return Ok(None),
                }
            }
        });
        answered.await.unwrap_or(Ok(None))
    }

    /// How full the mailboxes are at `now`.
    pub(crate) fn occupancy(&self, now: UnixTime) -> Occupancy {
        Occupancy { in_use: self.store.in_use(now), waiting: self.waiters.count() }
    }

    /// Ends all current and later waits, because the process is about to end.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.store.wake();
    }
}
