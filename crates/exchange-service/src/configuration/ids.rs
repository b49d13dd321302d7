//! Parses the ids in the configuration: applications and tenants.

use contract::ids::{ClientId, TenantId};

use super::fault::{ConfigurationError, Fault, at, must_be};

/// The tenant of all personal Microsoft accounts. Anyone can join it, so allowing it allows everyone.
pub(super) const CONSUMER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

pub(super) fn client_id(key: &str, text: &str) -> Result<ClientId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    text.parse().map_err(|_| at(key, must_be("a GUID")))
}

pub(super) fn tenant_id(key: &str, text: &str) -> Result<TenantId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    match text.parse::<TenantId>() {
        Ok(tenant) if tenant.as_str() == CONSUMER_TENANT => Err(at(key, Fault::ConsumerTenant)),
        Ok(tenant) => Ok(tenant),
        Err(_) => Err(at(key, must_be("a GUID"))),
    }
}

/// Refuses a placeholder of the example file.
pub(super) fn refuse_placeholder(key: &str, text: &str) -> Result<(), ConfigurationError> {
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'-')) && text.len() == 36;
    if text.contains("REPLACE") || zero { Err(at(key, Fault::Placeholder)) } else { Ok(()) }
}

/// Parses each text of a list, which must not be empty.
pub(super) fn each<T, C: FromIterator<T>>(
    key: &str,
    texts: &[String],
    parse: impl Fn(&str, &str) -> Result<T, ConfigurationError>,
) -> Result<C, ConfigurationError> {
    if texts.is_empty() {
        return Err(at(key, Fault::Empty));
    }
    texts.iter().enumerate().map(|(index, text)| parse(&format!("{key}[{index}]"), text)).collect()
}
