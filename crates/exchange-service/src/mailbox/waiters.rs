//! Requests that wait for a response. Each holds a connection, so their number is limited: one at each mailbox, a
//! quarter of all for one site. When all slots are taken, the largest site loses its oldest wait (REV-07).
//!
//! Connections belong to a process, so this is counted per process, even if the responses are in Redis.

use std::{collections::BTreeMap, convert::Infallible};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    ids::Reserved,
    site_usage::{SiteUsage, UsageEntry},
};
use crate::rate_limit::Site;

pub(super) const MAX_WAITERS: usize = 1024;
pub(super) const MAX_WAITERS_PER_SITE: usize = MAX_WAITERS / 4;

#[derive(Default)]
pub(super) struct Waiters(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: BTreeMap<Reserved, Waiting>,
    usage: SiteUsage,
}

struct Waiting {
    held: UsageEntry,
    /// Never sends anything: dropping it ends the wait.
    _end: oneshot::Sender<Infallible>,
}

/// The slot of one waiting request. Dropping it frees the slot.
pub(super) struct WaitSlot<'w> {
    waiters: &'w Waiters,
    reserved: Reserved,
    held: UsageEntry,
    end: oneshot::Receiver<Infallible>,
}

impl Waiters {
    /// A slot at this mailbox; `None` if the site has too many. An earlier request at the same mailbox loses its
    /// slot, because its older connection may be broken.
    pub(super) fn enter(&self, reserved: Reserved, site: Option<Site>) -> Option<WaitSlot<'_>> {
        let mut state = self.0.lock();
        state.end(&reserved);
        let own = state.usage.of(site);
        // Requests without an address may come from any number of sites.
        if site.is_some() && own >= MAX_WAITERS_PER_SITE {
            return None;
        }
        if state.usage.total() >= MAX_WAITERS {
            let (most, oldest) = state.usage.largest()?;
            if own >= most {
                return None;
            }
            state.end(&oldest);
        }
        let (sender, end) = oneshot::channel();
        let held = state.usage.add(reserved, site, 1);
        state.waiting.insert(reserved, Waiting { held, _end: sender });
        Some(WaitSlot { waiters: self, reserved, held, end })
    }

    pub(super) fn count(&self) -> usize {
        self.0.lock().usage.total()
    }
}

impl State {
    fn end(&mut self, reserved: &Reserved) {
        if let Some(waiting) = self.waiting.remove(reserved) {
            self.usage.remove(waiting.held);
        }
    }
}

impl WaitSlot<'_> {
    /// Returns when another request took this slot. Cancel safe; must not be called again after it returned.
    pub(super) async fn lost(&mut self) {
        // The result is always an error, because the sender is only dropped.
        let _ = (&mut self.end).await;
    }
}

impl Drop for WaitSlot<'_> {
    fn drop(&mut self) {
        let mut state = self.waiters.0.lock();
        if state.waiting.get(&self.reserved).is_some_and(|waiting| waiting.held == self.held) {
            state.end(&self.reserved);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::mailbox::test_data::{reserved, site};

    #[test]
    fn a_newer_wait_replaces_the_older_one_at_the_same_mailbox() {
        // REV-07
        let waiters = Waiters::default();
        let mut older = waiters.enter(reserved(1), site(1)).unwrap();
        assert!(older.lost().now_or_never().is_none());
        let mut newer = waiters.enter(reserved(1), site(2)).unwrap();
        assert!(older.lost().now_or_never().is_some());
        drop(older);
        assert!(newer.lost().now_or_never().is_none());
        assert_eq!(waiters.count(), 1);
        drop(newer);
        assert_eq!(waiters.count(), 0);
    }

    #[test]
    fn when_all_places_are_taken_the_largest_site_loses_its_oldest_wait() {
        // REV-07
        let waiters = Waiters::default();
        let crowd = |from: u64, site_number: u8, count: usize| -> Vec<_> {
            (from..).take(count).map_while(|number| waiters.enter(reserved(number), site(site_number))).collect()
        };
        let first = crowd(0, 1, 1000);
        assert_eq!(first.len(), MAX_WAITERS_PER_SITE);
        let others: Vec<_> = (2..=4).flat_map(|site| crowd(u64::from(site) * 1000, site, 256)).collect();
        assert_eq!(waiters.count(), MAX_WAITERS);
        let newcomer = waiters.enter(reserved(9000), site(9)).unwrap();
        // Of sites with equally many waits, one loses its oldest.
        let mut all: Vec<_> = first.into_iter().chain(others).collect();
        let lost: Vec<_> = all.iter_mut().map(|slot| slot.lost().now_or_never().is_some()).collect();
        assert_eq!(lost.iter().filter(|lost| **lost).count(), 1);
        assert_eq!(lost.iter().position(|lost| *lost).unwrap() % 256, 0);
        assert_eq!(waiters.count(), MAX_WAITERS);
        drop((all, newcomer));
        assert_eq!(waiters.count(), 0);
    }
}
