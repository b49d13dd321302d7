//! How what ACS allows is divided.

use std::time::Duration;

use crate::rate_limit::Quota;

/// ACS's own window.
pub(super) const WINDOW: Duration = Duration::from_secs(30);

/// Requests in [`WINDOW`] below which there is nothing to divide: one at once, and four in the rest of it.
pub(crate) const FEWEST: u32 = 5;

/// Requests of one tenant at once below which its part is not divided further.
pub(crate) const FEWEST_AT_ONCE: u32 = 10;

/// What the operator configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AllowanceSettings {
    /// Requests that ACS allows in [`WINDOW`].
    pub(crate) requests: u32,
    /// Requests of one tenant in a minute; below [`AllowanceSettings::all_per_minute`].
    pub(crate) per_tenant_and_minute: u32,
    /// Processes that ask the same ACS resource; 1 or more.
    pub(crate) instances: u32,
}

impl AllowanceSettings {
    /// What all tenants together can ask in a minute, steadily: a fifth is for what is asked at once.
    pub(crate) fn all_per_minute(requests: u32) -> u32 {
        steady(requests).saturating_mul(2)
    }

    /// Requests of one tenant at once, in all processes together.
    fn tenants_burst(self) -> u32 {
        (self.requests / 10).min(self.per_tenant_and_minute / 4)
    }

    /// As many processes as can divide it without Redis: with fewer requests at once, two colleagues who sign in at the
    /// same time would already lock each other out.
    pub(crate) fn most_without_redis(self) -> u32 {
        (self.tenants_burst() / FEWEST_AT_ONCE).max(1)
    }
}

/// So many in each window, in addition to what may be asked at once.
fn steady(requests: u32) -> u32 {
    requests - requests / 5
}

/// The limits that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    pub(super) all: Quota,
    /// Of the tolerance of `all`, what only tenants that hardly ask may use.
    pub(super) reserve: Duration,
    pub(super) tenant: Quota,
    /// A tenant that is ahead of its rate by no more than this hardly asks.
    pub(super) hardly: Duration,
}

impl Shares {
    /// Of one process of so many.
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

/// What a request finds used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::acs) enum UsedUp {
    /// Its own tenant's part, for so long.
    TenantsPart(Duration),
    /// The whole.
    Everything(Duration),
}
