//! The allowance: what ACS allows to the resource as a whole, and how it is divided among tenants. Microsoft's service
//! limits allow 500 requests in 30 seconds, for all people together. Without a division, one caller could use up the
//! allowance of all others, since ACS, and not this service, checks the Entra token. So each request to ACS, retries
//! included, is counted here before it is sent (REV-02). A request that is repeated with the second access key counts
//! once:
//!
//! * A tenant, as one issuer vouches for it, gets a part of the whole: by default a quarter, and a tenth at most at
//!   once.
//! * A quarter of the burst is reserved for tenants with hardly any recent requests, so that several busy tenants
//!   together do not keep the others out.
//! * In any 30 seconds, no more requests are sent than ACS allows.
//!
//! Several processes count together in Redis, where it is configured. Without Redis, and while it does not respond,
//! each process has its own share: the whole divided by the number of processes.

mod quotas;
mod shared;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

pub(crate) use self::quotas::{AllowanceSettings, MIN_REQUESTS, MIN_REQUESTS_AT_ONCE};
use self::{
    quotas::{Quotas, UsedUp},
    shared::Shared,
};
use super::{call::RequestTenant, refusal::AcsRefusal};
use crate::{clock::Clock, telemetry::metrics::AllowanceNumbers};

/// The maximum number of tenants that are counted separately. Tenants come from the configuration, so it is never
/// reached; any further tenants would share one count.
const MAX_TENANTS: usize = 10_000;

impl From<UsedUp> for AcsRefusal {
    fn from(used_up: UsedUp) -> Self {
        match used_up {
            UsedUp::TenantsPart(retry_after) => Self::OverTenantsPart { retry_after },
            UsedUp::Everything(retry_after) => Self::OverAllowance { retry_after },
        }
    }
}

pub(crate) struct Allowance {
    clock: Arc<dyn Clock>,
    own: Own,
    shared: Option<Shared>,
    refused_for_tenant: AtomicU64,
    refused_for_all: AtomicU64,
}

impl Allowance {
    /// `redis` is where the processes count together. `resource` names the ACS resource in its keys.
    pub(crate) fn new(
        settings: AllowanceSettings,
        redis: Option<redis::Client>,
        resource: &str,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            own: Own::new(Quotas::of(settings, settings.instances)),
            shared: redis.map(|client| Shared::new(client, resource, Quotas::of(settings, 1))),
            clock,
            refused_for_tenant: AtomicU64::new(0),
            refused_for_all: AtomicU64::new(0),
        }
    }

    /// Counts one request to ACS, or refuses it.
    pub(super) async fn spend(&self, asker: &RequestTenant) -> Result<(), UsedUp> {
        let decided = match &self.shared {
            Some(shared) => shared.spend(asker, self.clock.monotonic()).await,
            None => None,
        };
        let now = self.clock.monotonic();
        let outcome = match decided {
            Some(outcome) => {
                // This process counts too, so that its own count is not empty if Redis fails.
                if outcome.is_ok() {
                    let _ = self.own.spend(asker, now);
                }
                outcome
            }
            None => self.own.spend(asker, now),
        };
        let refused = match outcome {
            Ok(()) => return outcome,
            Err(UsedUp::TenantsPart(_)) => &self.refused_for_tenant,
            Err(UsedUp::Everything(_)) => &self.refused_for_all,
        };
        refused.fetch_add(1, Ordering::Relaxed);
        outcome
    }

    pub(crate) fn numbers(&self) -> AllowanceNumbers {
        AllowanceNumbers {
            refused_for_tenant: self.refused_for_tenant.load(Ordering::Relaxed),
            refused_for_all: self.refused_for_all.load(Ordering::Relaxed),
            is_shared: self.shared.as_ref().map(Shared::answers),
        }
    }
}

/// The counts of this process alone.
struct Own {
    quotas: Quotas,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    all_until: Duration,
    tenants_until: HashMap<RequestTenant, Duration>,
    swept_at: Duration,
}

impl Own {
    fn new(quotas: Quotas) -> Self {
        Self { quotas, used: Mutex::default() }
    }

    /// Checks both limits, and counts the request only if both allow it.
    fn spend(&self, asker: &RequestTenant, now: Duration) -> Result<(), UsedUp> {
        let Quotas { all, reserve, tenant, hardly } = self.quotas;
        let mut used = self.used.lock();
        if used.tenants_until.len() >= MAX_TENANTS && now.saturating_sub(used.swept_at) >= Duration::from_secs(1) {
            used.swept_at = now;
            used.tenants_until.retain(|_, until| *until > now);
        }
        let known = used.tenants_until.contains_key(asker) || used.tenants_until.len() < MAX_TENANTS;
        let asker = if known { asker } else { &None };
        let until = used.tenants_until.get(asker).copied().unwrap_or_default();
        let kept_back = if until.saturating_sub(now) > hardly { reserve } else { Duration::ZERO };
        let tenants_until = tenant.take(until, now, Duration::ZERO).map_err(UsedUp::TenantsPart)?;
        used.all_until = all.take(used.all_until, now, kept_back).map_err(UsedUp::Everything)?;
        used.tenants_until.insert(asker.clone(), tenants_until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::{quotas::WINDOW, *};
    use crate::caller::IssuerTenant;

    pub(super) const ACS: AllowanceSettings =
        AllowanceSettings { requests: 500, per_tenant_and_minute: 200, instances: 1 };

    pub(super) fn tenant(number: u32) -> RequestTenant {
        let tenant = format!("fab00000-0000-4000-8000-{number:012}").parse().unwrap();
        Some(IssuerTenant { issuer: None, tenant })
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// The number of requests that are allowed at this moment.
    fn at_once(own: &Own, asker: &RequestTenant, now: Duration) -> usize {
        (0..1000).take_while(|_| own.spend(asker, now).is_ok()).count()
    }

    #[test]
    fn rev_02_one_tenant_can_send_a_tenth_of_the_allowance_at_once() {
        let own = Own::new(Quotas::of(ACS, 1));
        assert_eq!(at_once(&own, &tenant(1), seconds(100)), 50);
        // A second later, as many as a second adds at a rate of 200 a minute.
        assert_eq!(at_once(&own, &tenant(1), seconds(101)), 3);
        let refused = own.spend(&tenant(1), seconds(101));
        assert!(matches!(refused, Err(UsedUp::TenantsPart(wait)) if wait <= seconds(1)), "{refused:?}");
        assert_eq!(at_once(&own, &tenant(2), seconds(105)), 50, "another tenant is not concerned");
        let by_a_portal = tenant(1).map(|from| IssuerTenant { issuer: Some("https://portal.example".into()), ..from });
        assert!(own.spend(&by_a_portal, seconds(105)).is_ok(), "nor another issuer (REV-03)");
    }

    #[test]
    fn rev_02_busy_tenants_together_leave_a_reserve_for_others() {
        let own = Own::new(Quotas::of(ACS, 1));
        let busy = (0..3).map(|number| at_once(&own, &tenant(number), seconds(100))).sum::<usize>();
        assert!((70..=100).contains(&busy), "{busy}");
        // They keep sending at the maximum rate, and a tenant without earlier requests is still served at once.
        for second in 101..200 {
            for number in 0..3 {
                at_once(&own, &tenant(number), seconds(second));
            }
            assert!(own.spend(&tenant(1000 + u32::try_from(second).unwrap()), seconds(second)).is_ok(), "{second}");
        }
    }

    #[test]
    fn rev_02_never_sends_more_than_the_allowance_in_30_seconds() {
        for (settings, processes) in [
            (ACS, 1),
            (ACS, 7),
            (ACS, 40),
            (AllowanceSettings { requests: 5, per_tenant_and_minute: 7, ..ACS }, 1),
            (AllowanceSettings { requests: 123, per_tenant_and_minute: 150, ..ACS }, 3),
        ] {
            let all: Vec<_> = (0..processes).map(|_| Own::new(Quotas::of(settings, processes))).collect();
            let mut sent = VecDeque::new();
            for tick in 0..1000_u64 {
                // Pauses in which the allowance recovers, each followed by requests of all tenants at once.
                let now = seconds(100) + Duration::from_millis(97 * tick) + seconds(tick / 400 * 60);
                for own in &all {
                    let passed = (0..8).map(|number| at_once(own, &tenant(number), now)).sum::<usize>();
                    sent.extend(std::iter::repeat_n(now, passed));
                }
                while sent.front().is_some_and(|first| *first + WINDOW <= now) {
                    sent.pop_front();
                }
                assert!(
                    sent.len() <= settings.requests as usize + all.len(),
                    "{settings:?} {processes}: {}",
                    sent.len()
                );
            }
        }
    }

    #[test]
    fn rev_02_a_refused_request_does_not_count() {
        let own = Own::new(Quotas::of(ACS, 1));
        assert_eq!(at_once(&own, &tenant(1), seconds(100)), 50);
        for _ in 0..1000 {
            assert!(own.spend(&tenant(1), seconds(100)).is_err());
        }
        assert_eq!(at_once(&own, &tenant(2), seconds(100)) + at_once(&own, &tenant(3), seconds(100)), 36);
        // The limit of all refused this request, so it does not count for its tenant either.
        let refused = own.spend(&tenant(3), seconds(100));
        assert!(matches!(refused, Err(UsedUp::Everything(_))), "{refused:?}");
    }

    #[test]
    fn rev_02_bounds_the_number_of_remembered_tenants() {
        let requests = 100_000_000;
        let own = Own::new(Quotas::of(AllowanceSettings { requests, per_tenant_and_minute: 60, ..ACS }, 1));
        for number in 0..100_000 {
            let _ = own.spend(&tenant(number), seconds(100));
        }
        assert!(own.used.lock().tenants_until.len() <= MAX_TENANTS + 1);
        assert!(own.spend(&tenant(100_000), seconds(100)).is_err(), "those without a place count together");
    }
}
