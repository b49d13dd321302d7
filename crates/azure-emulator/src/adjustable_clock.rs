//! Where the emulator's time comes from: the machine, or a test.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use crate::date::parse_rfc3339;

/// A clock that can be put forward. Clones show the same time.
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
    /// The machine's own time.
    #[must_use]
    pub fn system() -> Self {
        Self { base: Base::System, ahead: Arc::default() }
    }

    /// Stands still at `unix_seconds` until it is put forward.
    #[must_use]
    pub fn stopped_at(unix_seconds: u64) -> Self {
        Self { base: Base::Stopped { at: unix_seconds }, ahead: Arc::default() }
    }

    /// Stands still at a moment in RFC 3339, in UTC and whole seconds (`2026-11-21T08:00:00Z`), or nothing if it is none.
    #[must_use]
    pub fn stopped_at_rfc3339(moment: &str) -> Option<Self> {
        parse_rfc3339(moment).map(Self::stopped_at)
    }

    /// Puts this clock and all its clones forward.
    pub fn advance(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        let base = match self.base {
            Base::System => system_seconds(),
            Base::Stopped { at } => at,
        };
        base.saturating_add(self.ahead.load(Ordering::Relaxed))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the emulator reads the machine's time")]
fn system_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_clone_is_put_forward_too() {
        let clock = Clock::stopped_at(100);
        clock.clone().advance(60);
        assert_eq!(clock.now(), 160);
    }
}
