//! Divides the allowance of ACS into quotas.

use std::time::Duration;

use crate::rate_limit::Quota;

/// The window in which ACS counts requests.
pub(super) const WINDOW: Duration = Duration::from_secs(30);

/// The minimum number of requests in [`WINDOW`]. Fewer cannot be divided: this is one at once, and four in the rest of
/// the window.
pub(crate) const FEWEST: u32 = 5;

/// The minimum number of requests that one tenant can send at once. It is not divided further.
pub(crate) const FEWEST_AT_ONCE: u32 = 10;

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
        (self.tenants_burst() / FEWEST_AT_ONCE).max(1)
    }
}

/// The requests in each window, in addition to the burst.
fn steady(requests: u32) -> u32 {
    requests - requests / 5
}

/// The quotas that result from [`AllowanceSettings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    pub(super) all: Quota,
    /// The part of the tolerance of `all` that is reserved for tenants with hardly any recent requests.
    pub(super) reserve: Duration,
    pub(super) tenant: Quota,
    /// A tenant that is ahead of its rate by this at most counts as one with hardly any recent requests.
    pub(super) hardly: Duration,
}

impl Shares {
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
