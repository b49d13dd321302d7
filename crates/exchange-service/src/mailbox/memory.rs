//! The mailboxes of a single instance. An entry exists only for a filled or a released mailbox.

use std::collections::{BTreeMap, BTreeSet};

use contract::{UnixTime, secret::AuthorizationResponse};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use super::{
    ids::Reserved,
    refusal::Refusal,
    site_usage::{ENTRY_SIZE, MAX_SIZE, SiteUsage, UsageEntry},
};
use crate::rate_limit::Site;

#[derive(Default)]
pub(crate) struct Memory {
    state: Mutex<State>,
    /// A mailbox was filled or released. Each waiting request then reads its own; there are few.
    pub(super) changed: Notify,
}

#[derive(Default)]
struct State {
    mailboxes: BTreeMap<Reserved, Entry>,
    /// The entries by their end.
    ends: BTreeSet<(UnixTime, Reserved)>,
    /// What each site holds, in bytes.
    usage: SiteUsage,
}

struct Entry {
    /// `None` in a released mailbox.
    response: Option<AuthorizationResponse>,
    ends_at: UnixTime,
    held: UsageEntry,
}

impl Memory {
    pub(super) fn fill(
        &self,
        reserved: Reserved,
        response: AuthorizationResponse,
        site: Option<Site>,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        let mut state = self.state(now);
        match state.mailboxes.get(&reserved) {
            Some(Entry { response: Some(_), .. }) => return Err(Refusal::Filled),
            Some(Entry { response: None, .. }) => return Err(Refusal::Forgotten),
            None => {}
        }
        state.keep(reserved, Some(response), reserved.response_ends_at(now), site);
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    pub(super) fn read(&self, reserved: &Reserved, now: UnixTime) -> Result<Option<AuthorizationResponse>, Refusal> {
        match self.state(now).mailboxes.get(reserved) {
            Some(Entry { response: Some(response), .. }) => {
                Ok(Some(AuthorizationResponse::new(response.expose().to_owned())))
            }
            Some(Entry { response: None, .. }) => Err(Refusal::Forgotten),
            None => Ok(None),
        }
    }

    pub(super) fn forget(&self, reserved: Reserved, site: Option<Site>, now: UnixTime) -> Result<(), Refusal> {
        let mut state = self.state(now);
        if state.mailboxes.get(&reserved).is_some_and(|entry| entry.response.is_none()) {
            return Err(Refusal::Forgotten);
        }
        state.remove(&reserved);
        state.keep(reserved, None, reserved.expires_at, site);
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    pub(super) fn in_use(&self, now: UnixTime) -> usize {
        self.state(now).mailboxes.len()
    }

    /// Locks the state, and removes expired entries.
    fn state(&self, now: UnixTime) -> MutexGuard<'_, State> {
        let mut state = self.state.lock();
        while let Some((_, over)) = state.ends.first().copied().filter(|(ends_at, _)| *ends_at <= now) {
            state.remove(&over);
        }
        state
    }
}

impl State {
    /// Sets the response of a mailbox, and adds an entry if it has no entry yet. If there is no room, the oldest entry
    /// of the largest site is removed (REV-08).
    fn keep(
        &mut self,
        reserved: Reserved,
        response: Option<AuthorizationResponse>,
        ends_at: UnixTime,
        site: Option<Site>,
    ) {
        let size = ENTRY_SIZE + response.as_ref().map_or(0, |response| response.expose().len());
        while self.usage.total() + size > MAX_SIZE
            && let Some((_, oldest)) = self.usage.largest()
        {
            self.remove(&oldest);
        }
        let held = self.usage.add(reserved, site, size);
        self.ends.insert((ends_at, reserved));
        self.mailboxes.insert(reserved, Entry { response, ends_at, held });
    }

    fn remove(&mut self, reserved: &Reserved) {
        if let Some(entry) = self.mailboxes.remove(reserved) {
            self.ends.remove(&(entry.ends_at, *reserved));
            self.usage.remove(entry.held);
        }
    }
}

#[cfg(test)]
mod tests {
    use messages::MAX_AUTHORIZATION_RESPONSE;

    use super::*;
    use crate::mailbox::test_data::{reserved, site};

    const START: UnixTime = UnixTime::from_seconds(0);

    fn response(length: usize) -> AuthorizationResponse {
        AuthorizationResponse::new("a".repeat(length))
    }

    /// The number of entries, and their size in bytes.
    fn used(memory: &Memory, now: UnixTime) -> (usize, usize) {
        let state = memory.state(now);
        assert_eq!(state.ends.len(), state.mailboxes.len());
        (state.mailboxes.len(), state.usage.total())
    }

    #[test]
    fn a_full_store_evicts_from_the_largest_site_and_accepts_newcomers() {
        // SEC-096, REV-08
        let memory = Memory::default();
        let fit = (MAX_SIZE / (ENTRY_SIZE + MAX_AUTHORIZATION_RESPONSE)) as u64;
        assert_eq!(memory.fill(reserved(0), response(1000), site(99), START), Ok(()));
        for number in 1..=2 * fit {
            // Eighteen sites, one of which sends twice as much as any other.
            let flood = site((number % 19).min(17) as u8);
            assert_eq!(memory.fill(reserved(number), response(MAX_AUTHORIZATION_RESPONSE), flood, START), Ok(()));
        }
        assert!(used(&memory, START).1 <= MAX_SIZE);
        assert!(memory.read(&reserved(0), START).unwrap().is_some(), "a site with little keeps it");
        assert!(memory.read(&reserved(1), START).unwrap().is_none(), "the oldest of a site with much gave way");
        assert!(memory.read(&reserved(2 * fit), START).unwrap().is_some());
        assert_eq!(memory.fill(reserved(5 * fit), response(1200), site(100), START), Ok(()));
        assert!(memory.read(&reserved(5 * fit), START).unwrap().is_some());
        assert_eq!(used(&memory, START.after(60)), (0, 0));
    }

    #[test]
    fn released_mailboxes_take_room_like_filled_ones() {
        // SEC-096, REV-08
        let memory = Memory::default();
        let fit = (MAX_SIZE / ENTRY_SIZE) as u64;
        assert_eq!(memory.forget(reserved(0), site(2), START), Ok(()));
        for number in 1..fit + 100 {
            assert_eq!(memory.forget(reserved(number), site(1), START), Ok(()));
        }
        assert_eq!(used(&memory, START), (MAX_SIZE / ENTRY_SIZE, MAX_SIZE));
        assert_eq!(memory.read(&reserved(0), START).err(), Some(Refusal::Forgotten));
        assert_eq!(memory.fill(reserved(fit + 100), response(1), site(3), START), Ok(()));
        assert_eq!(used(&memory, START.after(300)), (0, 0));
    }
}
