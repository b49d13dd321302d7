//! Samples the refusals of unvalidated callers: some of each address are logged, the others only counted. Any client
//! can cause any number of them, and they must not displace other lines (REV-04).

use std::{collections::HashMap, time::Duration};

use parking_lot::Mutex;

use crate::rate_limit::Network;

const WINDOW: Duration = Duration::from_secs(60);

/// The number of logged refusals of one address in a minute.
const LOGGED: u32 = 20;

/// The maximum number of addresses with their own window. All others share one, so that many addresses do not cause
/// many lines.
const MOST_ADDRESSES: usize = 10_000;

#[derive(Default)]
pub(crate) struct RefusalSampling(Mutex<State>);

#[derive(Default)]
struct State {
    windows: HashMap<Network, Window>,
    others: Window,
    swept_at: Duration,
}

#[derive(Default)]
struct Window {
    since: Duration,
    seen: u32,
}

impl RefusalSampling {
    /// Counts a refusal of this address at `now` (monotonic). If it must be logged, returns the number of earlier ones
    /// that were not.
    pub(crate) fn admit(&self, address: Network, now: Duration) -> Option<u32> {
        let mut state = self.0.lock();
        state.window(address, now).admit(now)
    }
}

impl State {
    fn window(&mut self, address: Network, now: Duration) -> &mut Window {
        let is_full = self.windows.len() >= MOST_ADDRESSES;
        // At most once in a second, because scanning all addresses takes time.
        if is_full && now.saturating_sub(self.swept_at) >= Duration::from_secs(1) {
            self.swept_at = now;
            self.windows.retain(|_, window| !window.is_over(now));
        }
        if self.windows.len() < MOST_ADDRESSES || self.windows.contains_key(&address) {
            self.windows.entry(address).or_insert(Window { since: now, seen: 0 })
        } else {
            &mut self.others
        }
    }
}

impl Window {
    fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.since) >= WINDOW
    }

    fn admit(&mut self, now: Duration) -> Option<u32> {
        let mut unlogged = 0;
        if self.is_over(now) {
            unlogged = self.seen.saturating_sub(LOGGED);
            *self = Self { since: now, seen: 0 };
        }
        self.seen = self.seen.saturating_add(1);
        (self.seen <= LOGGED).then_some(unlogged)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn address(number: u32) -> Network {
        IpAddr::from(Ipv4Addr::from_bits(number)).into()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_address_gets_its_lines_and_the_rest_is_counted() {
        // REV-04
        let sampling = RefusalSampling::default();
        let logged = (0..1000).filter(|_| sampling.admit(address(1), seconds(100)).is_some()).count();
        assert_eq!(logged, 20);
        assert_eq!(sampling.admit(address(2), seconds(100)), Some(0), "an address of its own");
        assert_eq!(sampling.admit(address(1), seconds(159)), None);
        assert_eq!(sampling.admit(address(1), seconds(160)), Some(981));
        assert_eq!(sampling.admit(address(1), seconds(161)), Some(0));
    }

    #[test]
    fn many_addresses_fill_neither_the_memory_nor_the_log() {
        // REV-04
        let sampling = RefusalSampling::default();
        let most = u32::try_from(MOST_ADDRESSES).unwrap();
        let logged = (0..2 * most).filter(|number| sampling.admit(address(*number), seconds(100)).is_some()).count();
        assert_eq!(logged, MOST_ADDRESSES + 20);
        assert_eq!(sampling.0.lock().windows.len(), MOST_ADDRESSES);
        // A minute later there is room again.
        assert_eq!(sampling.admit(address(u32::MAX), seconds(160)), Some(0));
        assert_eq!(sampling.0.lock().windows.len(), 1);
    }
}
