//! The two clocks of a device. People and time servers correct the wall clock while the page lives (REP-04), so it is
//! compared with tokens only. Durations use the monotonic clock.

use contract::UnixTime;

/// A moment, as both clocks show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The wall clock.
    pub wall: UnixTime,
    /// The monotonic clock, in seconds since any moment. It may stop while the device sleeps.
    pub monotonic: u64,
}

/// For callers with a single clock that is never corrected.
impl From<u64> for Now {
    fn from(seconds: u64) -> Self {
        Self { wall: UnixTime::from_seconds(seconds), monotonic: seconds }
    }
}

impl Now {
    /// How many seconds the wall clock is ahead of the monotonic one. A correction of the wall clock changes it, and so
    /// does a sleep.
    pub(super) fn offset(self) -> i64 {
        difference(self.wall, UnixTime::from_seconds(self.monotonic))
    }

    /// The seconds since an earlier moment, by the clock with the larger difference. So a sleep counts, and setting the
    /// wall clock back does not reduce them. Setting it forward looks like a sleep.
    pub(super) fn since(self, earlier: Self) -> u64 {
        self.wall.since(earlier.wall).max(self.monotonic.saturating_sub(earlier.monotonic))
    }

    pub(super) fn earlier(self, other: Self) -> Self {
        Self { wall: self.wall.min(other.wall), monotonic: self.monotonic.min(other.monotonic) }
    }

    pub(super) fn later(self, other: Self) -> Self {
        Self { wall: self.wall.max(other.wall), monotonic: self.monotonic.max(other.monotonic) }
    }
}

/// The clock of the page's own host, from the `Date` of one of its responses. It only serves to find out whether the
/// wall clock of this device is correct.
#[derive(Debug, Clone, Copy)]
pub(super) struct HostClock {
    date: UnixTime,
    received_at: u64,
}

impl HostClock {
    pub(super) fn new(date: UnixTime, now: Now) -> Self {
        Self { date, received_at: now.monotonic }
    }

    /// The host's time at this moment.
    pub(super) fn at(self, now: Now) -> UnixTime {
        self.date.after(now.monotonic.saturating_sub(self.received_at))
    }
}

/// The difference of two times in seconds; negative if `one` is before `other`.
pub(super) fn difference(one: UnixTime, other: UnixTime) -> i64 {
    let signed = |time: UnixTime| i64::try_from(time.seconds()).unwrap_or(i64::MAX);
    signed(one).saturating_sub(signed(other))
}
