//! Rate limits of users and addresses: a burst, and then one request in each interval.

use std::{collections::HashMap, fmt, hash::Hash, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{self, Reference},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::StateStore,
};
use parking_lot::Mutex;

use crate::clock::Clock;

/// The maximum number of keys in a minute. Further keys are not counted, and only `MAX_CONCURRENT_EXCHANGES` limits
/// them. It bounds the memory that an attacker can fill to a few megabytes.
const MAX_KEYS: usize = 50_000;

/// The minimum time between two searches for idle keys, because a search scans all keys.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// A limit for each key.
pub(crate) struct RateLimit<K: Clone + Eq + Hash>(RateLimiter<K, Keys<K>, Monotonic, NoOpMiddleware<Duration>>);

/// The monotonic clock of the service.
struct Monotonic(Arc<dyn Clock>);

/// The states of the limited keys.
struct Keys<K>(Mutex<State<K>>);

struct State<K> {
    /// The time until which each key has used up its rate.
    used_until: HashMap<K, Nanos>,
    /// The time between two requests at the steady rate.
    interval: Nanos,
    swept_at: Nanos,
}

impl<K: Clone + Eq + Hash> RateLimit<K> {
    /// Allows `most` requests at once, and then as many in each minute.
    pub(crate) fn per_minute(most: u32, clock: &Arc<dyn Clock>) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN));
        let interval = quota.replenish_interval().into();
        let state = State { used_until: HashMap::new(), interval, swept_at: Nanos::default() };
        Self(RateLimiter::new(quota, Keys(Mutex::new(state)), Monotonic(clock.clone())))
    }

    /// Counts one request, or returns how long to wait before the next one would be admitted.
    pub(crate) fn admit(&self, key: &K) -> Result<(), Duration> {
        self.0.check_key(key).map_err(|refused| refused.wait_time_from(clock::Clock::now(self.0.clock())))
    }
}

impl clock::Clock for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

impl<K: Clone + Eq + Hash> StateStore for Keys<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut state = self.0.lock();
        let known = state.used_until.get(key).copied();
        let (admitted, used_until) = decide(known)?;
        if known.is_some() || state.has_room(used_until) {
            state.used_until.insert(key.clone(), used_until);
        }
        Ok(admitted)
    }
}

impl<K: Eq + Hash> State<K> {
    /// Whether another key can be added. `first` is the state of a key after its first request: one interval from now.
    fn has_room(&mut self, first: Nanos) -> bool {
        if self.used_until.len() >= MAX_KEYS && first.duration_since(self.swept_at) >= SWEEP_INTERVAL.into() {
            self.swept_at = first;
            self.used_until.retain(|_, until| *until + self.interval > first);
        }
        self.used_until.len() < MAX_KEYS
    }
}

/// The network that identifies one client: its IPv4 address, or the /64 that a provider assigns to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(first_segments(address, 4))
    }
}

/// The network that identifies one organization: its IPv4 address, or the /48, the largest block that a provider
/// assigns to one (RFC 6177).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Site(IpAddr);

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<IpAddr> for Site {
    fn from(address: IpAddr) -> Self {
        Self(first_segments(address, 3))
    }
}

/// An IPv6 address with only its first segments of 16 bits. An IPv4 address stays as it is.
fn first_segments(address: IpAddr, kept: usize) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[kept..].fill(0);
            segments.into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::clock::Seconds;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A limit, and the clock that it reads.
    struct Limited<K: Clone + Eq + Hash> {
        clock: Arc<Seconds>,
        limit: RateLimit<K>,
    }

    impl<K: Clone + Eq + Hash> Limited<K> {
        fn per_minute(most: u32) -> Self {
            let clock = Arc::new(Seconds::default());
            let limit = RateLimit::per_minute(most, &(clock.clone() as Arc<dyn Clock>));
            Self { clock, limit }
        }

        /// Sends a request of this key at this time, in seconds.
        fn admit(&self, key: K, now: u64) -> Result<(), Duration> {
            self.clock.set(now);
            self.limit.admit(&key)
        }

        /// The number of keys that have a state.
        fn remembered(self) -> usize {
            self.limit.0.into_state_store().0.into_inner().used_until.len()
        }
    }

    #[test]
    fn allows_a_burst_and_then_one_request_in_each_interval() {
        // SEC-097
        let limit = Limited::per_minute(6);
        for _ in 0..6 {
            assert_eq!(limit.admit("a", 100), Ok(()));
        }
        assert_eq!(limit.admit("a", 100), Err(seconds(10)));
        assert_eq!(limit.admit("a", 109), Err(seconds(1)));
        assert_eq!(limit.admit("b", 100), Ok(()), "another's requests are its own");
        assert_eq!(limit.admit("a", 110), Ok(()));
        assert_eq!(limit.admit("a", 110), Err(seconds(10)));
        for _ in 0..6 {
            assert_eq!(limit.admit("a", 500), Ok(()));
        }
    }

    #[test]
    fn a_refused_request_does_not_extend_the_wait() {
        // SEC-097
        let limit = Limited::per_minute(1);
        assert_eq!(limit.admit("a", 0), Ok(()));
        for _ in 0..1000 {
            assert_eq!(limit.admit("a", 30), Err(seconds(30)));
        }
        assert_eq!(limit.admit("a", 60), Ok(()));
    }

    #[test]
    fn bounds_the_number_of_keys_and_keeps_known_ones_limited() {
        // SEC-097
        let flooded = || {
            let limit = Limited::per_minute(1);
            for stranger in 0..100_000 {
                assert_eq!(limit.admit(stranger, 10), Ok(()));
            }
            limit
        };
        assert_eq!(flooded().remembered(), MAX_KEYS);
        let limit = flooded();
        assert!(limit.admit(0, 10).is_err());
        // A minute later the old keys are forgotten, and there is room.
        assert_eq!(limit.admit(usize::MAX, 70), Ok(()));
        assert_eq!(limit.remembered(), 1);
    }

    #[test]
    fn a_flood_of_100_000_keys_refuses_no_key_within_its_limit_and_lengthens_no_wait() {
        // SEC-097
        let limit = Limited::per_minute(3);
        let known = 0..1000;
        for key in known.clone() {
            assert_eq!(limit.admit(key, 10), Ok(()));
        }
        for stranger in 1000..101_000 {
            for _ in 0..3 {
                assert_eq!(limit.admit(stranger, 15), Ok(()), "{stranger}");
            }
            let fourth = limit.admit(stranger, 15);
            assert!(fourth == Ok(()) || fourth == Err(seconds(20)), "{stranger}: {fourth:?}");
        }
        for key in known {
            assert_eq!(limit.admit(key, 15), Ok(()));
            assert_eq!(limit.admit(key, 15), Ok(()));
            assert_eq!(limit.admit(key, 15), Err(seconds(15)), "{key}");
        }
        assert_eq!(limit.remembered(), MAX_KEYS);
    }

    #[test]
    fn groups_addresses_by_client_and_by_site() {
        // SEC-097
        let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        let site = |text: &str| Site::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:3::1"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
        assert_eq!(site("::ffff:192.0.2.1"), site("192.0.2.1"));
        assert_ne!(site("192.0.2.1"), site("192.0.2.2"));
    }
}
