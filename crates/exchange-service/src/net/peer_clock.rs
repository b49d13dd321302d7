//! Compares this machine's clock with the `Date` of responses of Entra and ACS.
//!
//! ACS refuses signatures whose date is off by more than a few minutes, and tokens have times. Unless the difference is
//! measured, a wrong clock looks like bad keys or bad callers.

use std::{sync::Arc, time::UNIX_EPOCH};

use contract::{CLOCK_TOLERANCE, UnixTime};
use parking_lot::Mutex;
use reqwest::header::{AGE, DATE, HeaderMap};

use crate::clock::Clock;

pub(crate) struct PeerClock {
    clock: Arc<dyn Clock>,
    /// The peers' time when our monotonic clock was at zero. It gives their time at any later moment, so a change of
    /// our wall clock is noticed without another response.
    zero: Mutex<Option<UnixTime>>,
}

impl PeerClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, zero: Mutex::default() }
    }

    /// Reads the date of a response that has just arrived.
    pub(crate) fn observe(&self, headers: &HeaderMap) {
        let Some(theirs) = date(headers) else { return };
        let was_off = self.is_off();
        *self.zero.lock() = Some(theirs.before(self.clock.monotonic().as_secs()));
        match (was_off, self.is_off()) {
            (false, true) => {
                tracing::warn!(
                    seconds = self.difference(),
                    "the clock of this machine differs from those of its peers"
                );
            }
            (true, false) => tracing::info!("the clock of this machine agrees with those of its peers again"),
            _ => {}
        }
    }

    /// The difference of the clocks in seconds; 0 while it is unknown.
    pub(crate) fn difference(&self) -> u64 {
        let zero = *self.zero.lock();
        zero.map_or(0, |zero| {
            zero.after(self.clock.monotonic().as_secs()).seconds().abs_diff(self.clock.now().seconds())
        })
    }

    /// Whether the difference is more than tokens and ACS allow (SEC-106).
    pub(crate) fn is_off(&self) -> bool {
        self.difference() > CLOCK_TOLERANCE
    }
}

/// The date of a response. `Age` is added, because a cached response was dated earlier (RFC 9111 section 5.1).
fn date(headers: &HeaderMap) -> Option<UnixTime> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse::<u32>().ok()).unwrap_or(0);
    let seconds = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(UnixTime::from_seconds(seconds).after(age.into()))
}
