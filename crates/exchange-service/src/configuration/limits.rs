//! The section `limits`: the rate limits.

use super::{
    fault::{ConfigurationError, Fault, at},
    section::Section,
};
use crate::acs::allowance::{AllowanceSettings, FEWEST};

/// The rate limits of people and addresses, the allowance of ACS, and the number of trusted proxies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) allowance: AllowanceSettings,
    pub(crate) per_user: u32,
    pub(crate) per_address: u32,
    /// Lower for guests, because their address is all that is known about them.
    pub(crate) guests_per_address: u32,
    /// The number of proxies in front of the service that append to `X-Forwarded-For`.
    pub(crate) trusted_proxies: u32,
}

/// The other settings that affect how the allowance of ACS is divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// Whether several processes receive the requests.
    pub(super) scales_out: bool,
    /// Whether they have a Redis in which they count together.
    pub(super) has_redis: bool,
    /// The number of tenants and foreign issuers.
    pub(super) tenants: usize,
}

const ACS_REQUESTS: &str = "acs_requests_per_30_seconds";
const PER_TENANT: &str = "per_tenant_and_minute";
const INSTANCES: &str = "instances";

/// The variable with the number of instances, for a file without it: the deployment knows and changes that number.
const INSTANCES_VARIABLE: &str = "EXCHANGE_SERVICE_INSTANCES";
const MOST_INSTANCES: u32 = 10_000;

/// The assumed number of instances where processes count together in Redis and none is configured. While Redis does not
/// respond, each uses its part of the allowance. Without a number, each would use all of it.
const INSTANCES_WITH_REDIS: u32 = 10;

impl Limits {
    pub(super) fn read(
        mut section: Section,
        setting: Setting,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigurationError> {
        let per_user = section.number("per_user_and_minute", 1, 100_000)?.unwrap_or(60);
        let per_address = section.number("per_address_and_minute", 1, 1_000_000)?.unwrap_or(600);
        let guests_per_address = section.number("guests_per_address_and_minute", 1, 1000)?.unwrap_or(10);
        let trusted_proxies = section.number("trusted_proxies", 0, 8)?.unwrap_or(0);
        let requests = section.number(ACS_REQUESTS, FEWEST, 100_000_000)?.unwrap_or(500);
        let per_tenant_and_minute = section.number(PER_TENANT, 1, 100_000_000)?;
        let instances = section.number(INSTANCES, 1, MOST_INSTANCES)?;
        section.nothing_left()?;

        let all = AllowanceSettings::all_per_minute(requests);
        // A single tenant cannot take anything from another.
        let per_tenant_and_minute =
            per_tenant_and_minute.unwrap_or(if setting.tenants > 1 { all / 4 } else { all - all / 10 });
        if per_tenant_and_minute >= all {
            return Err(at(format!("limits.{PER_TENANT}"), Fault::TenantTakesAll { below: all }));
        }
        let instances = match instances {
            Some(instances) => Some(instances),
            None => instances_of(environment)?,
        };
        let at_instances = |fault| Err(at(format!("limits.{INSTANCES}"), fault));
        let instances = instances.unwrap_or(if setting.has_redis { INSTANCES_WITH_REDIS } else { 1 });
        let allowance = AllowanceSettings { requests, per_tenant_and_minute, instances };
        // With Redis, the number only sets the share of each process while Redis does not respond.
        if !setting.has_redis {
            if setting.scales_out && instances == 1 {
                return at_instances(Fault::InstancesUnknown);
            }
            let most = allowance.most_without_redis();
            if instances > most {
                return at_instances(Fault::TooManyInstances { most });
            }
        }
        Ok(Self { allowance, per_user, per_address, guests_per_address, trusted_proxies })
    }

    pub(super) fn masked(self) -> String {
        let Self { allowance, per_user, per_address, guests_per_address, trusted_proxies } = self;
        let AllowanceSettings { requests, per_tenant_and_minute, instances } = allowance;
        format!(
            "[limits]\n{ACS_REQUESTS} = {requests}\n{INSTANCES} = {instances}\nper_user_and_minute = {per_user}\n\
             {PER_TENANT} = {per_tenant_and_minute}\nper_address_and_minute = {per_address}\n\
             guests_per_address_and_minute = {guests_per_address}\ntrusted_proxies = {trusted_proxies}"
        )
    }
}

fn instances_of(environment: impl Fn(&str) -> Option<String>) -> Result<Option<u32>, ConfigurationError> {
    let Some(text) = environment(INSTANCES_VARIABLE).filter(|text| !text.is_empty()) else { return Ok(None) };
    match text.parse() {
        Ok(instances) if (1..=MOST_INSTANCES).contains(&instances) => Ok(Some(instances)),
        _ => Err(at(INSTANCES_VARIABLE, Fault::NotANumber { least: 1, most: MOST_INSTANCES })),
    }
}
