//! Divides the allowance of ACS into quotas.

use std::time::Duration;

/// The window in which ACS counts requests.
pub(super) const WINDOW: Duration = Duration::from_secs(30);

/// The minimum number of requests in [`WINDOW`]. Fewer cannot be divided: this is one at once, and four in the rest of
/// the window.
pub(crate) const MIN_REQUESTS: u32 = 5;

/// The minimum number of requests that one tenant can send at once. It is not divided further.
pub(crate) const MIN_REQUESTS_AT_ONCE: u32 = 10;

/// A quota of the generic cell rate algorithm. The state of a tenant is one time: until when it has used up its rate.
///
/// `governor`, which limits users and addresses, can neither count a request only if two quotas allow it, nor keep back
/// a part of one of them, nor decide in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    /// The time between two requests at the steady rate.
    pub(super) interval: Duration,
    /// How far a tenant can be ahead of its rate.
    pub(super) tolerance: Duration,
}

impl Quota {
    /// Allows `burst` requests at once, and then one in each `interval`.
    fn new(interval: Duration, burst: u32) -> Self {
        Self { interval, tolerance: interval * burst.saturating_sub(1) }
    }

    /// Counts one request at `now` for a tenant that has used up its rate until `used_until`, and returns the new
    /// value. If the quota is exceeded, returns how long to wait. `kept_back` is the part of the tolerance that this
    /// tenant cannot use.
    pub(super) fn take(self, used_until: Duration, now: Duration, kept_back: Duration) -> Result<Duration, Duration> {
        let used_until = used_until.max(now);
        let (ahead, tolerance) = (used_until - now, self.tolerance.saturating_sub(kept_back));
        if ahead > tolerance { Err(ahead - tolerance) } else { Ok(used_until + self.interval) }
    }
}

/// The operator's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AllowanceSettings {
    /// Requests that ACS allows in [`WINDOW`].
    pub(crate) requests: u32,
    /// Requests of one tenant in a minute. Less than [`AllowanceSettings::all_per_minute`].
    pub(crate) per_tenant_and_minute: u32,
    /// The number of processes that use the same ACS resource; 1 or more.
    pub(crate) instances: u32,
}

impl AllowanceSettings {
    /// The steady rate of all tenants together, in requests a minute. A fifth of the allowance is kept for bursts.
    pub(crate) fn all_per_minute(requests: u32) -> u32 {
        steady(requests).saturating_mul(2)
    }

    /// Requests of one tenant at once, in all processes together.
    fn tenants_burst(self) -> u32 {
        (self.requests / 10).min(self.per_tenant_and_minute / 4)
    }

    /// The maximum number of processes that can divide the allowance without Redis. With more, a tenant could send so
    /// few requests at once that two colleagues who sign in at the same time would exceed the limit.
    pub(crate) fn most_without_redis(self) -> u32 {
        (self.tenants_burst() / MIN_REQUESTS_AT_ONCE).max(1)
    }
}

/// The requests in each window, in addition to the burst.
fn steady(requests: u32) -> u32 {
    requests - requests / 5
}

/// The quotas that result from [`AllowanceSettings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quotas {
    pub(super) all: Quota,
    /// The part of the tolerance of `all` that is reserved for tenants with hardly any recent requests.
    pub(super) reserve: Duration,
    pub(super) tenant: Quota,
    /// A tenant that is ahead of its rate by this at most counts as one with hardly any recent requests.
    pub(super) hardly: Duration,
}

impl Quotas {
    /// The quotas of one process, if this many processes divide the allowance.
    pub(super) fn of(settings: AllowanceSettings, processes: u32) -> Self {
        let AllowanceSettings { requests, per_tenant_and_minute, instances: _ } = settings;
        let at_once = |of_all: u32| (of_all / processes).max(1);
        let all = Quota::new(WINDOW * processes / steady(requests), at_once(requests / 5));
        let tenants_burst = at_once(settings.tenants_burst());
        let tenant = Quota::new(2 * WINDOW * processes / per_tenant_and_minute, tenants_burst);
        Self {
            all,
            reserve: all.interval * (requests / 20 / processes),
            tenant,
            hardly: tenant.interval * (tenants_burst / 5),
        }
    }
}

/// Which limit refuses a request, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::acs) enum UsedUp {
    /// The part of its tenant is used up for this long.
    TenantsPart(Duration),
    /// The allowance of all is used up for this long.
    Everything(Duration),
}
