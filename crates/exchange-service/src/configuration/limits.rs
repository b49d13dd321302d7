//! The section `limits`: the rate limits.

use serde::{Deserialize, Serialize};

use super::{
    fault::{ConfigurationError, at, must_be},
    secret::Environment,
    toml_values::Number,
};
use crate::acs::allowance::{AllowanceSettings, MIN_REQUESTS, MIN_REQUESTS_AT_ONCE};

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

/// The rate limits.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct LimitsSection {
    /// The requests that ACS allows to the resource. Without it: 500. Raise it only if Microsoft raised yours.
    acs_requests_per_30_seconds: Option<Number<MIN_REQUESTS, 100_000_000>>,
    /// The maximum number of processes that use the same ACS resource. Without it: `EXCHANGE_SERVICE_INSTANCES`.
    instances: Option<Instances>,
    /// Exchanges of one person, as one issuer vouches for the person. Without it: 60.
    per_user_and_minute: Option<Number<1, 100_000>>,
    /// Requests to ACS for the people of one tenant. Without it: a quarter of what all tenants have.
    per_tenant_and_minute: Option<Number<1, 100_000_000>>,
    /// Requests from one IPv4 address or IPv6 /64. Without it: 600.
    per_address_and_minute: Option<Number<1, 1_000_000>>,
    /// Guests from one address. Without it: 10.
    guests_per_address_and_minute: Option<Number<1, 1000>>,
    /// The number of proxies in front of the service that append to `X-Forwarded-For`. Without it: 0.
    trusted_proxies: Option<Number<0, 8>>,
}

type Instances = Number<1, 10_000>;

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

/// The variable with the number of instances, for a file without it: the deployment knows and changes that number.
const INSTANCES_VARIABLE: &str = "EXCHANGE_SERVICE_INSTANCES";

/// The assumed number of instances where processes count together in Redis and none is configured. While Redis does not
/// respond, each uses its part of the allowance. Without a number, each would use all of it.
const INSTANCES_WITH_REDIS: u32 = 10;

impl LimitsSection {
    /// Also fills in the defaults.
    pub(super) fn validate(
        &mut self,
        setting: Setting,
        environment: Environment<'_>,
    ) -> Result<Limits, ConfigurationError> {
        let requests = self.acs_requests_per_30_seconds.get_or_insert(Number(500)).0;
        let all = AllowanceSettings::all_per_minute(requests);
        // A single tenant cannot take anything from another.
        let default = if setting.tenants > 1 { all / 4 } else { all - all / 10 };
        let per_tenant_and_minute = self.per_tenant_and_minute.get_or_insert(Number(default)).0;
        if per_tenant_and_minute >= all {
            let expected = format!("below {all}, or one tenant could use up what ACS allows to all of them");
            return Err(at("limits.per_tenant_and_minute", must_be(expected)));
        }
        if self.instances.is_none() {
            self.instances = instances(environment)?;
        }
        let default = if setting.has_redis { INSTANCES_WITH_REDIS } else { 1 };
        let instances = self.instances.get_or_insert(Number(default)).0;
        let allowance = AllowanceSettings { requests, per_tenant_and_minute, instances };
        // With Redis, the number only sets the share of each process while Redis does not respond.
        if !setting.has_redis {
            if setting.scales_out && instances == 1 {
                let expected = "the greatest number of instances, here or in EXCHANGE_SERVICE_INSTANCES, because the \
                                service scales out (scales_out) and has no Redis (mailbox.store) to count in";
                return Err(at("limits.instances", must_be(expected)));
            }
            let most = allowance.most_without_redis();
            if instances > most {
                let expected = format!(
                    "at most {most} without Redis, or a tenant has fewer than {MIN_REQUESTS_AT_ONCE} requests at once at \
                     each: configure a Redis (mailbox.store = redis), in which they count together"
                );
                return Err(at("limits.instances", must_be(expected)));
            }
        }
        Ok(Limits {
            allowance,
            per_user: self.per_user_and_minute.get_or_insert(Number(60)).0,
            per_address: self.per_address_and_minute.get_or_insert(Number(600)).0,
            guests_per_address: self.guests_per_address_and_minute.get_or_insert(Number(10)).0,
            trusted_proxies: self.trusted_proxies.get_or_insert(Number(0)).0,
        })
    }
}

fn instances(environment: Environment<'_>) -> Result<Option<Instances>, ConfigurationError> {
    let Some(text) = environment(INSTANCES_VARIABLE) else { return Ok(None) };
    // 0 is out of range, too.
    let number = Instances::try_from(text.parse::<i64>().unwrap_or(0));
    number.map(Some).map_err(|fault| at(INSTANCES_VARIABLE, fault))
}
