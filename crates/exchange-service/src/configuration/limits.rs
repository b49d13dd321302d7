//! The section `limits`: how often people and addresses may ask.

use super::{
    fault::{ConfigurationError, Fault, at},
    section::Section,
};
use crate::acs::allowance::{AllowanceSettings, FEWEST};

/// How often one user and one address may ask, what all of them together may ask of ACS, and whom to believe about addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) allowance: AllowanceSettings,
    pub(crate) per_user: u32,
    pub(crate) per_address: u32,
    /// For guests, of whom nothing else is known.
    pub(crate) guests_per_address: u32,
    /// How many proxies in front add to `X-Forwarded-For`.
    pub(crate) trusted_proxies: u32,
}

/// What of the rest of the configuration decides how ACS's allowance is divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// Several processes get the requests.
    pub(super) scales_out: bool,
    /// They have a Redis to count in.
    pub(super) has_redis: bool,
    /// Tenants and foreign issuers.
    pub(super) tenants: usize,
}

const ACS_REQUESTS: &str = "acs_requests_per_30_seconds";
const PER_TENANT: &str = "per_tenant_and_minute";
const INSTANCES: &str = "instances";

/// Where the number of instances is found if the file does not have it: a deployment knows it, and changes it.
const INSTANCES_VARIABLE: &str = "EXCHANGE_SERVICE_INSTANCES";
const MOST_INSTANCES: u32 = 10_000;

/// Where processes count together in Redis and their number is not configured: by so many the allowance is divided while
/// Redis does not answer. Else each of them would send the whole.
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
        // A single tenant has no other to take from.
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
        // With Redis the number only decides what each has while that does not answer.
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
