//! While ACS is down, nobody is made to wait for what will not come.
//!
//! Once exchanges of three people in a row found ACS down, the next ones are refused at once for five seconds. Then one
//! is let through: an answer opens the way for all, none closes it for another five seconds.
//!
//! People are counted, not exchanges: a token that makes ACS fail, or somebody who sends it again and again, must not
//! look like an outage to everybody else. For the same reason who tried last does not try next if others ask too.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::ids::{ObjectId, TenantId};

use super::Whom;
use crate::clock::Clock;

const PEOPLE: usize = 3;
const PAUSE: Duration = Duration::from_secs(5);

/// Who is asking; all guests are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asker(Option<(TenantId, ObjectId)>);

impl Asker {
    pub(super) fn of(whom: &Whom) -> Self {
        Self(whom.person().map(|person| (person.tenant.clone(), person.object.clone())))
    }
}

pub(super) struct Breaker {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Who found ACS down since it last answered; never more than `PEOPLE`.
    failed: Vec<Asker>,
    /// When the next exchange is let through, once it is open.
    next: Duration,
    tried_last: Option<Asker>,
}

impl State {
    fn is_open(&self) -> bool {
        self.failed.len() >= PEOPLE
    }
}

impl Breaker {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Whether ACS is to be asked; if not, when it is worth trying again.
    pub(super) fn admit(&self, asker: &Asker) -> Result<(), Duration> {
        let now = self.clock.monotonic();
        let mut state = self.state();
        if !state.is_open() {
            return Ok(());
        }
        let again = state.tried_last.as_ref() == Some(asker);
        let next = if again { state.next + PAUSE } else { state.next };
        if now < next {
            return Err(next - now);
        }
        // The one that tries. Should it never report, another tries in five seconds.
        state.next = now + PAUSE;
        state.tried_last = Some(asker.clone());
        Ok(())
    }

    /// Whether exchanges are being refused because of it.
    pub(super) fn is_open(&self) -> bool {
        let now = self.clock.monotonic();
        let state = self.state();
        state.is_open() && now < state.next
    }

    /// ACS answered, whatever it said.
    pub(super) fn up(&self) {
        let mut state = self.state();
        if state.is_open() {
            tracing::info!("ACS answers again");
        }
        *state = State::default();
    }

    /// ACS could not be reached, failed, or did not answer in time.
    pub(super) fn down(&self, asker: Asker) {
        let now = self.clock.monotonic();
        let mut state = self.state();
        if !state.is_open() && !state.failed.contains(&asker) {
            state.failed.push(asker);
            if state.is_open() {
                tracing::warn!("ACS is down; it is tried again every {} seconds", PAUSE.as_secs());
            }
        }
        state.next = now + PAUSE;
    }

    /// A panic elsewhere does not make the state wrong: it is replaced as a whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Seconds;

    fn person(number: u8) -> Asker {
        let tenant = "fab00000-0000-4000-8000-000000000001".parse().unwrap();
        Asker(Some((tenant, format!("32c0a5db-05ec-78ea-51ab-3f06b32939{number:02x}").parse().unwrap())))
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn one_person_never_looks_like_an_outage() {
        // security 113
        let breaker = Breaker::new(Arc::new(Seconds::default()));
        for _ in 0..100 {
            breaker.down(person(1));
            breaker.down(person(2));
        }
        assert!(!breaker.is_open() && breaker.admit(&person(3)).is_ok());
        breaker.up();
        breaker.down(person(3));
        assert!(!breaker.is_open(), "an answer in between begins the count anew");
    }

    #[test]
    fn who_tried_last_lets_others_try_first() {
        // security 113
        let clock = Arc::new(Seconds::default());
        let breaker = Breaker::new(clock.clone());
        (1..=3).for_each(|number| breaker.down(person(number)));
        assert!(breaker.is_open());
        assert_eq!(breaker.admit(&person(4)), Err(seconds(5)));
        clock.set(5);
        assert_eq!(breaker.admit(&person(1)), Ok(()));
        breaker.down(person(1));
        assert_eq!(breaker.admit(&person(4)), Err(seconds(5)));
        clock.set(10);
        assert_eq!(breaker.admit(&person(1)), Err(seconds(5)));
        assert_eq!(breaker.admit(&person(4)), Ok(()));
        breaker.up();
        assert_eq!(breaker.admit(&person(1)), Ok(()));
    }
}
