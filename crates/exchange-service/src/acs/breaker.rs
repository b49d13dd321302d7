//! While ACS is down, nobody is made to wait for what will not come.
//!
//! After five exchanges in a row that found ACS down, the next ones are refused at once for five seconds. Then one is let
//! through: an answer opens the way for all, none closes it for another five seconds.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::clock::Clock;

const FAILURES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Breaker {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// When the next exchange is let through. Only meaningful after `FAILURES` failures.
    next: Duration,
}

impl Breaker {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Whether ACS is to be asked; if not, when it is worth trying again.
    pub(super) fn admit(&self) -> Result<(), Duration> {
        let now = self.clock.monotonic();
        let mut state = self.state();
        if state.failures < FAILURES {
            return Ok(());
        }
        if now < state.next {
            return Err(state.next - now);
        }
        // The one that tries. Should it never report, another tries in five seconds.
        state.next = now + PAUSE;
        Ok(())
    }

    /// Whether exchanges are being refused because of it.
    pub(super) fn is_open(&self) -> bool {
        let now = self.clock.monotonic();
        let state = self.state();
        state.failures >= FAILURES && now < state.next
    }

    /// ACS answered, whatever it said.
    pub(super) fn up(&self) {
        let mut state = self.state();
        if state.failures >= FAILURES {
            tracing::info!("ACS answers again");
        }
        *state = State::default();
    }

    /// ACS could not be reached, failed, or did not answer in time.
    pub(super) fn down(&self) {
        let now = self.clock.monotonic();
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures == FAILURES {
            tracing::warn!("ACS is down; it is tried again every {} seconds", PAUSE.as_secs());
        }
        state.next = now + PAUSE;
    }

    /// A panic elsewhere does not make the state wrong: it is replaced as a whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
