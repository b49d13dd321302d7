//! The clocks of the service. Time is a parameter, so that tests can set it.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use contract::UnixTime;

/// A wall clock and a monotonic clock: a wall clock can be set back while the service runs.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock, for the times of tokens and signatures.
    fn now(&self) -> UnixTime;

    /// The time since 1970 in full resolution, for records only. No decision depends on it.
    fn unix_time(&self) -> Duration {
        Duration::from_secs(self.now().seconds())
    }

    /// The time since some fixed moment. It never steps back, so caches and pauses use it.
    fn monotonic(&self) -> Duration;
}

impl<C: Clock> Clock for Arc<C> {
    fn now(&self) -> UnixTime {
        (**self).now()
    }

    fn unix_time(&self) -> Duration {
        (**self).unix_time()
    }

    fn monotonic(&self) -> Duration {
        (**self).monotonic()
    }
}

/// The clocks of this machine.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Monotonic time starts now.
    #[expect(clippy::disallowed_methods, reason = "the one place where the real clock is read")]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.unix_time().as_secs())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where the real clock is read")]
    fn unix_time(&self) -> Duration {
        // A clock before 1970 counts as 1970. Every token is then refused as not yet valid, which is the safe result.
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Two clocks that a test sets.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct Seconds(std::sync::atomic::AtomicU64);

#[cfg(test)]
impl Seconds {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(test)]
impl Clock for Seconds {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        self.unix_time()
    }
}
