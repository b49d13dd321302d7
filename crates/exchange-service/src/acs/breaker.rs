//! The circuit breakers: while ACS is down, requests are refused at once instead of waiting for a timeout.
//!
//! A caller chooses which Entra token is sent to ACS, and a portal also for which person. So the failures that one
//! caller causes must not look like an outage to the others (REV-06):
//!
//! * Each tenant, as one issuer vouches for it, has its own breaker. It opens after consecutive failures of three
//!   people with three different Entra tokens, and affects this tenant alone.
//! * The breaker of all tenants opens only if requests of three tenants with three different Entra tokens got no HTTP
//!   response. A status of 500 may be an effect of the token; a failed connection is not.
//! * While a breaker is open, one exchange is tried every five seconds. A response closes it. Tenants or people that
//!   were tried before wait longer than the others. An exchange that was abandoned or not sent does not delay the next
//!   one.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::{hmac, rand::SystemRandom};
use contract::ids::ObjectId;
use parking_lot::Mutex;

use super::{call::RequestTenant, operation::Person};
use crate::{caller::IssuerTenant, clock::Clock};

/// The number of different failures that opens a breaker.
const OPENING_FAILURES: usize = 3;
const TRIAL_INTERVAL: Duration = Duration::from_secs(5);

/// The number of attempts that an open breaker remembers.
const MAX_TRIED: usize = 16;

/// The maximum number of tenants with their own breaker. Tenants come from the configuration, so it is never reached;
/// any further tenants would have only the breaker of all.
const MAX_TENANTS: usize = 1024;

/// What an exchange shows about the state of ACS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// ACS responded, with any other status.
    Answered,
    /// ACS responded that it fails: 408 or 5xx.
    Failing,
    /// No HTTP response: no connection, or a timeout.
    Silent,
    /// No request was sent.
    Unknown,
}

/// A hash of an Entra token, with a key of this process. It distinguishes tokens without keeping them.
type TokenHash = [u8; 16];

/// The breakers of one operation.
pub(super) struct Breakers {
    clock: Arc<dyn Clock>,
    key: hmac::Key,
    all: Breaker<RequestTenant>,
    /// The breakers of the tenants that had a failure since the last response.
    tenants: Mutex<HashMap<RequestTenant, Breaker<Option<ObjectId>>>>,
}

/// An admitted exchange. If it is dropped without a report, its result is [`Health::Unknown`].
pub(super) struct Admitted<'b> {
    breakers: &'b Breakers,
    asker: RequestTenant,
    person: Option<ObjectId>,
    token: TokenHash,
    is_reported: bool,
}

impl Breakers {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .expect("the operating system has randomness, or TLS would not work either");
        Self { clock, key, all: Breaker::default(), tenants: Mutex::default() }
    }

    /// Admits an exchange, or returns how long to wait before the next attempt.
    pub(super) fn admit(&self, person: Option<&Person>) -> Result<Admitted<'_>, Duration> {
        let token = self.hash(person);
        let asker = person.map(|person| person.from.clone());
        let person = person.map(|person| person.object.clone());
        let now = self.clock.monotonic();
        self.all.admit(&asker, now)?;
        let of_tenant = self.tenants.lock().get(&asker).map_or(Ok(()), |breaker| breaker.admit(&person, now));
        if let Err(wait) = of_tenant {
            self.all.tried_nothing(now);
            return Err(wait);
        }
        Ok(Admitted { breakers: self, asker, person, token, is_reported: false })
    }

    /// Whether the breaker of all tenants is open.
    pub(super) fn is_open(&self) -> bool {
        self.all.is_refusing(self.clock.monotonic())
    }

    /// The number of tenants whose own breaker is open.
    pub(super) fn open_tenants(&self) -> usize {
        let now = self.clock.monotonic();
        self.tenants.lock().values().filter(|breaker| breaker.is_refusing(now)).count()
    }

    fn hash(&self, person: Option<&Person>) -> TokenHash {
        let mut hash = TokenHash::default();
        if let Some(person) = person {
            let whole = hmac::sign(&self.key, person.entra.expose().as_bytes());
            hash.copy_from_slice(&whole.as_ref()[..size_of::<TokenHash>()]);
        }
        hash
    }

    fn report(&self, asker: &RequestTenant, person: &Option<ObjectId>, token: TokenHash, health: Health) {
        let now = self.clock.monotonic();
        let changed = match health {
            Health::Answered | Health::Failing => self.all.closed().then_some("ACS answers again"),
            Health::Silent => self.all.failed(asker, token, now).then_some("ACS is down"),
            Health::Unknown => {
                self.all.tried_nothing(now);
                None
            }
        };
        if let Some(changed) = changed {
            tracing::warn!("{changed}");
        }
        let mut tenants = self.tenants.lock();
        let changed = match health {
            Health::Answered => {
                tenants.remove(asker).is_some_and(|breaker| breaker.closed()).then_some("ACS answers this tenant again")
            }
            Health::Failing | Health::Silent => {
                let has_room = tenants.contains_key(asker) || tenants.len() < MAX_TENANTS;
                let opened = has_room && tenants.entry(asker.clone()).or_default().failed(person, token, now);
                opened.then_some("ACS is down for this tenant; it is tried again every 5 seconds")
            }
            Health::Unknown => {
                if let Some(breaker) = tenants.get(asker) {
                    breaker.tried_nothing(now);
                }
                None
            }
        };
        if let Some(changed) = changed {
            let from = asker.as_ref();
            let tid = from.map(|from| from.tenant.as_str());
            let foreign_issuer = from.and_then(|IssuerTenant { issuer, .. }| issuer.as_deref());
            tracing::warn!(tid, foreign_issuer, "{changed}");
        }
    }
}

impl Admitted<'_> {
    pub(super) fn report(mut self, health: Health) {
        self.is_reported = true;
        self.breakers.report(&self.asker, &self.person, self.token, health);
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if !self.is_reported {
            self.breakers.report(&self.asker, &self.person, self.token, Health::Unknown);
        }
    }
}

/// One breaker. `K` identifies the tenants or people that it distinguishes.
struct Breaker<K>(Mutex<State<K>>);

struct State<K> {
    /// The failures since the last response, with different keys and different tokens. Never more than
    /// [`OPENING_FAILURES`].
    failed: Vec<(K, TokenHash)>,
    /// When an open breaker admits the next exchange.
    next: Duration,
    /// The last keys that were admitted while it was open.
    tried: VecDeque<K>,
}

impl<K> Default for Breaker<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K> Default for State<K> {
    fn default() -> Self {
        Self { failed: Vec::new(), next: Duration::ZERO, tried: VecDeque::new() }
    }
}

impl<K> State<K> {
    fn is_open(&self) -> bool {
        self.failed.len() >= OPENING_FAILURES
    }
}

impl<K: Clone + Eq> Breaker<K> {
    fn admit(&self, asker: &K, now: Duration) -> Result<(), Duration> {
        let mut state = self.0.lock();
        if !state.is_open() {
            return Ok(());
        }
        let next = if state.tried.contains(asker) { state.next + TRIAL_INTERVAL } else { state.next };
        if now < next {
            return Err(next - now);
        }
        state.next = now + TRIAL_INTERVAL;
        state.tried.retain(|tried| tried != asker);
        state.tried.push_back(asker.clone());
        if state.tried.len() > MAX_TRIED {
            state.tried.pop_front();
        }
        Ok(())
    }

    fn is_refusing(&self, now: Duration) -> bool {
        let state = self.0.lock();
        state.is_open() && now < state.next
    }

    /// Forgets all failures. Returns whether the breaker was open.
    fn closed(&self) -> bool {
        std::mem::take(&mut *self.0.lock()).is_open()
    }

    /// Records a failure. Returns whether it opened the breaker.
    fn failed(&self, asker: &K, token: TokenHash, now: Duration) -> bool {
        let mut state = self.0.lock();
        let was_open = state.is_open();
        let is_different = state.failed.iter().all(|(other, others)| other != asker && *others != token);
        if !was_open && is_different {
            state.failed.push((asker.clone(), token));
        }
        state.next = now + TRIAL_INTERVAL;
        state.is_open() && !was_open
    }

    /// The admitted exchange was not sent, so the next one is admitted at once.
    fn tried_nothing(&self, now: Duration) {
        let mut state = self.0.lock();
        if state.is_open() {
            state.next = state.next.min(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::secret::EntraAccessToken;

    use super::*;
    use crate::clock::Seconds;

    fn person(tenant: u32, person: u32, token: &str) -> Person {
        let tenant = format!("fab00000-0000-4000-8000-{tenant:012}").parse().unwrap();
        Person {
            entra: EntraAccessToken::new(token.to_owned()),
            from: IssuerTenant { issuer: None, tenant },
            object: format!("32c0a5db-05ec-78ea-51ab-{person:012}").parse().unwrap(),
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn breakers() -> (Arc<Seconds>, Breakers) {
        let clock = Arc::new(Seconds::default());
        (clock.clone(), Breakers::new(clock))
    }

    impl Breakers {
        fn found(&self, person: &Person, health: Health) {
            self.admit(Some(person)).map(|admitted| admitted.report(health)).unwrap();
        }

        fn wait(&self, person: &Person) -> Option<Duration> {
            self.admit(Some(person)).err()
        }
    }

    #[test]
    fn rev_06_three_people_with_three_tokens_open_the_breaker_of_their_tenant_alone() {
        // SEC-113
        let (clock, breakers) = breakers();
        for number in 1..=100 {
            breakers.found(&person(1, number, "one token"), Health::Failing);
            breakers.found(&person(1, 1, &format!("token {number}")), Health::Failing);
        }
        assert_eq!(breakers.wait(&person(1, 2, "x")), None, "invented people with one token, one person with many");
        breakers.found(&person(1, 1, "a"), Health::Answered);

        for number in 1..=3 {
            breakers.found(&person(1, number, &format!("token {number}")), Health::Failing);
        }
        assert_eq!(breakers.wait(&person(1, 4, "x")), Some(seconds(5)));
        assert_eq!((breakers.is_open(), breakers.open_tenants()), (false, 1));
        assert_eq!(breakers.wait(&person(2, 4, "x")), None, "the other tenant is not concerned");
        clock.set(5);
        breakers.found(&person(1, 4, "x"), Health::Answered);
        assert_eq!((breakers.wait(&person(1, 5, "x")), breakers.open_tenants()), (None, 0));
    }

    #[test]
    fn rev_06_only_three_tenants_without_any_http_answer_open_the_breaker_of_all() {
        let (_, breakers) = breakers();
        for number in 1..=100 {
            breakers.found(&person(number, number, "one token"), Health::Silent);
        }
        assert!(!breakers.is_open(), "one token");
        for number in 1..=100 {
            breakers.found(&person(number, 1, &format!("token {number}")), Health::Failing);
        }
        assert!(!breakers.is_open(), "answers of 500");
        for number in 1..=3 {
            let person = person(200 + number, number, &format!("token {number}"));
            breakers.found(&person, Health::Silent);
        }
        assert!(breakers.is_open());
        assert_eq!(breakers.wait(&person(300, 1, "x")), Some(seconds(5)));
    }

    #[test]
    fn rev_06_askers_that_were_not_tried_yet_go_first() {
        // SEC-113
        let (clock, breakers) = breakers();
        (1..=3).for_each(|number| breakers.found(&person(number, 1, &format!("token {number}")), Health::Silent));
        clock.set(5);
        breakers.found(&person(1, 1, "a"), Health::Silent);
        clock.set(10);
        breakers.found(&person(2, 1, "a"), Health::Silent);
        clock.set(15);
        // Neither of the two tenants is admitted again, with any of their people.
        for tried in [person(1, 2, "b"), person(2, 2, "b")] {
            assert_eq!(breakers.wait(&tried), Some(seconds(5)));
        }
        breakers.found(&person(4, 1, "c"), Health::Answered);
        assert_eq!(breakers.wait(&person(1, 2, "b")), None);
    }

    #[test]
    fn rev_06_an_abandoned_or_unsent_exchange_does_not_delay_the_next() {
        let (clock, breakers) = breakers();
        (1..=3).for_each(|number| breakers.found(&person(number, 1, &format!("token {number}")), Health::Silent));
        clock.set(5);
        drop(breakers.admit(Some(&person(1, 1, "a"))).unwrap());
        assert_eq!(breakers.wait(&person(1, 1, "a")), Some(seconds(5)), "but from itself");
        breakers.found(&person(4, 1, "b"), Health::Unknown);
        breakers.found(&person(5, 1, "c"), Health::Answered);
        assert!(!breakers.is_open());
    }

    #[test]
    fn rev_06_bounds_the_number_of_breakers() {
        let (_, breakers) = breakers();
        for number in 0..100_000 {
            breakers.report(&Some(person(number, 1, "x").from), &None, [0; 16], Health::Failing);
        }
        assert_eq!(breakers.tenants.lock().len(), MAX_TENANTS);
        let breaker = Breaker::default();
        for number in 0..100_000_u32 {
            breaker.failed(&number, u128::from(number).to_be_bytes(), seconds(0));
            let _ = breaker.admit(&number, seconds(10 * u64::from(number)));
        }
        let state = breaker.0.lock();
        assert_eq!((state.failed.len(), state.tried.len()), (OPENING_FAILURES, MAX_TRIED));
    }
}
