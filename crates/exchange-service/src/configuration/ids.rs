//! Parses the ids in the configuration: applications and tenants.

use contract::ids::{ClientId, TenantId};

use super::fault::{ConfigurationError, Fault, at};

/// The tenant of all personal Microsoft accounts. Anyone can join it, so allowing it allows everyone.
pub(super) const CONSUMER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

pub(super) fn client_id(key: &'static str, text: &str) -> Result<ClientId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    text.parse().map_err(|_| at(key, Fault::NotAGuid))
}

pub(super) fn tenant_id(key: &'static str, text: &str) -> Result<TenantId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    match text.parse::<TenantId>() {
        Ok(tenant) if tenant.as_str() == CONSUMER_TENANT => Err(at(key, Fault::ConsumerTenant)),
        Ok(tenant) => Ok(tenant),
        Err(_) => Err(at(key, Fault::NotAGuid)),
    }
}

/// Refuses a placeholder of the example file.
pub(super) fn refuse_placeholder(key: &'static str, text: &str) -> Result<(), ConfigurationError> {
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'-')) && text.len() == 36;
    if text.contains("REPLACE") || zero { Err(at(key, Fault::Placeholder)) } else { Ok(()) }
}
