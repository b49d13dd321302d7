//! The clock of the emulator: the machine's time, or a time that a test sets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use crate::date::parse_rfc3339;

/// A clock that a test can advance. Clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    base: Base,
    ahead: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    System,
    Stopped { at: u64 },
}

impl Clock {
    /// A clock with the machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self { base: Base::System, ahead: Arc::default() }
    }

    /// A clock that stands still at `unix_seconds`, in seconds since the Unix epoch, until it is advanced.
    #[must_use]
    pub fn stopped_at(unix_seconds: u64) -> Self {
        Self { base: Base::Stopped { at: unix_seconds }, ahead: Arc::default() }
    }

    /// A clock that stands still at a time in RFC 3339, in UTC and whole seconds: `2026-11-21T08:00:00Z`. `None` for
    /// any other text.
    #[must_use]
    pub fn stopped_at_rfc3339(text: &str) -> Option<Self> {
        parse_rfc3339(text).map(Self::stopped_at)
    }

    /// Advances this clock and all its clones by `seconds`.
    pub fn advance(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The time in seconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        let base = match self.base {
            Base::System => system_seconds(),
            Base::Stopped { at } => at,
        };
        base.saturating_add(self.ahead.load(Ordering::Relaxed))
    }
}

#[expect(clippy::disallowed_methods, reason = "the only place where the emulator reads the machine's time")]
fn system_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn advancing_a_clone_advances_the_clock() {
        let clock = Clock::stopped_at(100);
        clock.clone().advance(60);
        assert_eq!(clock.now(), 160);
    }
}
