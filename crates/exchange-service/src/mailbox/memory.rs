//! Mailboxes of one instance. Only those with an answer, or with the memory of one, are in it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::secret::RawAnswer;
use tokio::sync::{Notify, futures::Notified};

use super::{ids::Reserved, store::Refusal};

/// Answers together. One has one or two KiB as a rule.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Mailboxes with an answer or without one any more: a few megabytes.
const MOST: usize = 50_000;

#[derive(Default)]
pub(super) struct Memory {
    state: Mutex<State>,
    /// Somebody's mailbox has an answer, or is nobody's any more. Each who waits looks at their own: there are few.
    changed: Notify,
}

/// Ordered by their ends, so that those that are over stand in front.
#[derive(Default)]
struct State {
    /// Nothing where the answer was taken.
    mailboxes: BTreeMap<Reserved, Option<RawAnswer>>,
    bytes: usize,
}

impl Memory {
    pub(super) fn fill(&self, reserved: Reserved, answer: RawAnswer, now: u64) -> Result<(), Refusal> {
        let mut state = self.state(now);
        match state.mailboxes.get(&reserved) {
            Some(Some(_)) => return Err(Refusal::Filled),
            Some(None) => return Err(Refusal::Forgotten),
            None => {}
        }
        let length = answer.expose().len();
        if state.mailboxes.len() >= MOST || state.bytes + length > MOST_BYTES {
            return Err(Refusal::Full);
        }
        state.bytes += length;
        state.mailboxes.insert(reserved, Some(answer));
        drop(state);
        self.wake();
        Ok(())
    }

    pub(super) fn read(&self, reserved: &Reserved, now: u64) -> Result<Option<RawAnswer>, Refusal> {
        match self.state(now).mailboxes.get(reserved) {
            Some(Some(answer)) => Ok(Some(RawAnswer::new(answer.expose().to_owned()))),
            Some(None) => Err(Refusal::Forgotten),
            None => Ok(None),
        }
    }

    pub(super) fn forget(&self, reserved: Reserved, now: u64) -> Result<(), Refusal> {
        let mut state = self.state(now);
        if state.mailboxes.len() >= MOST && !state.mailboxes.contains_key(&reserved) {
            return Err(Refusal::Full);
        }
        match state.mailboxes.insert(reserved, None) {
            Some(None) => return Err(Refusal::Forgotten),
            Some(Some(answer)) => state.bytes -= answer.expose().len(),
            None => {}
        }
        drop(state);
        self.wake();
        Ok(())
    }

    /// Ends with the next change after this call, awaited or not.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    pub(super) fn in_use(&self, now: u64) -> usize {
        self.state(now).mailboxes.len()
    }

    /// Without what is over. A panic elsewhere leaves nothing half done in it.
    fn state(&self, now: u64) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(first) = state.mailboxes.first_entry().filter(|first| first.key().expires_at <= now) {
            let length = first.remove().map_or(0, |answer| answer.expose().len());
            state.bytes -= length;
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::{CHANGES_PER_MINUTE, LONGEST_ANSWER};

    #[test]
    fn five_minutes_of_one_sites_longest_answers_leave_half_of_the_room_to_others() {
        // security 96
        let of_one_site = (CHANGES_PER_MINUTE + 5 * CHANGES_PER_MINUTE) as usize;
        assert!(2 * of_one_site * LONGEST_ANSWER < MOST_BYTES);
        assert!(2 * of_one_site < MOST);
    }

    fn reserved(number: u64) -> Reserved {
        let mut random = [0; 16];
        random[..8].copy_from_slice(&number.to_be_bytes());
        Reserved { expires_at: 300, random }
    }

    fn answer(length: usize) -> RawAnswer {
        RawAnswer::new("a".repeat(length))
    }

    #[test]
    fn a_flood_of_answers_is_shed_and_over_in_five_minutes() {
        // security 96
        let memory = Memory::default();
        let fit = (MOST_BYTES / LONGEST_ANSWER) as u64;
        for number in 0..fit {
            assert_eq!(memory.fill(reserved(number), answer(LONGEST_ANSWER), 0), Ok(()));
        }
        assert_eq!(memory.fill(reserved(fit), answer(1), 0), Err(Refusal::Full));
        // Who was there before gets what is theirs, and makes room.
        assert!(memory.read(&reserved(0), 0).unwrap().is_some());
        assert_eq!(memory.forget(reserved(0), 0), Ok(()));
        assert_eq!(memory.fill(reserved(fit), answer(1), 0), Ok(()));
        assert!(memory.read(&reserved(fit), 300).unwrap().is_none());
        let state = memory.state(300);
        assert_eq!((state.mailboxes.len(), state.bytes), (0, 0));
    }

    #[test]
    fn a_flood_of_mailboxes_given_up_is_shed() {
        // security 96
        let memory = Memory::default();
        for number in 0..MOST as u64 {
            assert_eq!(memory.forget(reserved(number), 0), Ok(()));
        }
        assert_eq!(memory.forget(reserved(MOST as u64), 0), Err(Refusal::Full));
        assert_eq!(memory.fill(reserved(MOST as u64), answer(1), 0), Err(Refusal::Full));
    }
}
