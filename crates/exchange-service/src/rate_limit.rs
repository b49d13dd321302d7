//! Rate limits of users and addresses: a burst, and then one request in each interval.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use parking_lot::Mutex;

const MINUTE: Duration = Duration::from_secs(60);

/// The maximum number of keys in a minute. Further keys are not counted, and only `MAX_CONCURRENT_EXCHANGES` limits
/// them. It bounds the memory that an attacker can fill to a few megabytes.
const MOST_KEYS: usize = 50_000;

/// A quota of the generic cell rate algorithm. Its whole state is one time for each key: until when the key has used up
/// its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// The time between two requests at the steady rate.
    pub(crate) interval: Duration,
    /// How far a key can be ahead of its rate.
    pub(crate) tolerance: Duration,
}

impl Quota {
    /// Allows `burst` requests at once, and then one in each `interval`.
    pub(crate) fn new(interval: Duration, burst: u32) -> Self {
        Self { interval, tolerance: interval * burst.saturating_sub(1) }
    }

    /// Counts one request at `now` for a key that has used up its rate until `used_until`, and returns the new value.
    /// If the quota is exceeded, returns how long to wait. `kept_back` is the part of the tolerance that this key
    /// cannot use.
    pub(crate) fn take(self, used_until: Duration, now: Duration, kept_back: Duration) -> Result<Duration, Duration> {
        let used_until = used_until.max(now);
        let (ahead, tolerance) = (used_until - now, self.tolerance.saturating_sub(kept_back));
        if ahead > tolerance { Err(ahead - tolerance) } else { Ok(used_until + self.interval) }
    }
}

/// A quota for each key.
pub(crate) struct RateLimit<K> {
    quota: Quota,
    state: Mutex<State<K>>,
}

struct State<K> {
    /// The time until which each key has used up its rate.
    used_until: HashMap<K, Duration>,
    swept_at: Duration,
}

impl<K: Eq + Hash> RateLimit<K> {
    pub(crate) fn per_minute(most: u32) -> Self {
        let most = most.max(1);
        let state = Mutex::new(State { used_until: HashMap::new(), swept_at: Duration::ZERO });
        Self { quota: Quota::new(MINUTE / most, most), state }
    }

    /// Counts one request at `now` (monotonic), or returns how long to wait before the next one would be admitted.
    pub(crate) fn admit(&self, key: K, now: Duration) -> Result<(), Duration> {
        let mut state = self.state.lock();
        let used_until = state.used_until.get(&key).copied().unwrap_or_default();
        let used_until = self.quota.take(used_until, now, Duration::ZERO)?;
        if state.has_room(now) || state.used_until.contains_key(&key) {
            state.used_until.insert(key, used_until);
        }
        Ok(())
    }
}

impl<K: Eq + Hash> State<K> {
    /// Whether another key can be added. Forgets idle keys at most once in a second, because scanning all takes time.
    fn has_room(&mut self, now: Duration) -> bool {
        if self.used_until.len() >= MOST_KEYS && now.saturating_sub(self.swept_at) >= Duration::from_secs(1) {
            self.swept_at = now;
            self.used_until.retain(|_, until| *until > now);
        }
        self.used_until.len() < MOST_KEYS
    }
}

/// The network that identifies one client: its IPv4 address, or the /64 that a provider assigns to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 => v4,
        })
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
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
            v4 => v4,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn allows_a_burst_and_then_one_request_in_each_interval() {
        // SEC-097
        let limit = RateLimit::per_minute(6);
        for _ in 0..6 {
            assert_eq!(limit.admit("a", seconds(100)), Ok(()));
        }
        assert_eq!(limit.admit("a", seconds(100)), Err(seconds(10)));
        assert_eq!(limit.admit("a", seconds(109)), Err(seconds(1)));
        assert_eq!(limit.admit("b", seconds(100)), Ok(()), "another's requests are its own");
        assert_eq!(limit.admit("a", seconds(110)), Ok(()));
        assert_eq!(limit.admit("a", seconds(110)), Err(seconds(10)));
        for _ in 0..6 {
            assert_eq!(limit.admit("a", seconds(500)), Ok(()));
        }
    }

    #[test]
    fn a_refused_request_does_not_extend_the_wait() {
        // SEC-097
        let limit = RateLimit::per_minute(1);
        assert_eq!(limit.admit("a", seconds(0)), Ok(()));
        for _ in 0..1000 {
            assert_eq!(limit.admit("a", seconds(30)), Err(seconds(30)));
        }
        assert_eq!(limit.admit("a", seconds(60)), Ok(()));
    }

    #[test]
    fn bounds_the_number_of_keys_and_keeps_known_ones_limited() {
        // SEC-097
        let limit = RateLimit::per_minute(1);
        for stranger in 0..100_000 {
            assert_eq!(limit.admit(stranger, seconds(10)), Ok(()));
        }
        assert_eq!(limit.state.lock().used_until.len(), MOST_KEYS);
        assert!(limit.admit(0, seconds(10)).is_err());
        // A minute later the old keys are forgotten, and there is room.
        assert_eq!(limit.admit(usize::MAX, seconds(70)), Ok(()));
        assert_eq!(limit.state.lock().used_until.len(), 1);
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
