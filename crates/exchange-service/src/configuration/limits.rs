//! The section `limits`: how often somebody may ask.

use super::{fault::ConfigurationError, section::Section};

/// How often one user and one address may ask, and whom to believe about addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) per_user: u32,
    pub(crate) per_tenant: u32,
    pub(crate) per_address: u32,
    /// For guests, of whom nothing else is known.
    pub(crate) guests_per_address: u32,
    /// How many proxies in front add to `X-Forwarded-For`.
    pub(crate) trusted_proxies: u32,
}

impl Limits {
    pub(super) fn read(mut section: Section) -> Result<Self, ConfigurationError> {
        let per_user = section.number("per_user_and_minute", 1, 100_000)?.unwrap_or(60);
        let per_address = section.number("per_address_and_minute", 1, 1_000_000)?.unwrap_or(600);
        let per_tenant = section.number("per_tenant_and_minute", 1, 1_000_000)?.unwrap_or(1000);
        let guests_per_address = section.number("guests_per_address_and_minute", 1, 1000)?.unwrap_or(10);
        let trusted_proxies = section.number("trusted_proxies", 0, 8)?.unwrap_or(0);
        section.nothing_left()?;
        Ok(Self { per_user, per_tenant, per_address, guests_per_address, trusted_proxies })
    }

    pub(super) fn masked(self) -> String {
        let Self { per_user, per_tenant, per_address, guests_per_address, trusted_proxies } = self;
        format!(
            "[limits]\nper_user_and_minute = {per_user}\nper_tenant_and_minute = {per_tenant}\n\
             per_address_and_minute = {per_address}\nguests_per_address_and_minute = {guests_per_address}\n\
             trusted_proxies = {trusted_proxies}"
        )
    }
}
