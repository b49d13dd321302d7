//! The section `acs`: the resource, and the credential for it.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{
    address::base_address,
    fault::{ConfigurationError, Fault, at},
    section::Section,
    service_identity::{identity, masked},
};
use crate::acs::{
    AcsSettings, ConfiguredCredential,
    access_key::{AccessKey, FileFault, split_connection_string},
    access_keys::{KeyPair, PlacedKey},
};

pub(super) fn read(
    mut section: Section,
    authority: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<AcsSettings, ConfigurationError> {
    let secret = |name: &str| environment(name).filter(|value| !value.is_empty()).map(Zeroizing::new);
    let endpoint = section.text("endpoint")?;
    let file = section.text("access_key_file")?;
    let secondary_file = section.text("secondary_access_key_file")?;
    let identity = identity(&mut section, authority, &environment)?;
    section.nothing_left()?;
    let endpoint = endpoint.map(|text| base_address("acs.endpoint", &text)).transpose()?;

    if let Some(choice) = identity {
        // An identity needs no key, and an unused key can only be stolen.
        if file.is_some() || secondary_file.is_some() {
            return Err(at("acs.identity", Fault::KeyWithIdentity));
        }
        let endpoint = endpoint.ok_or(at("acs.endpoint", Fault::Missing))?;
        return Ok(AcsSettings { endpoint, credential: ConfiguredCredential::Identity(choice) });
    }
    let (primary, implied) = if let Some(path) = file {
        (from_file("acs.access_key_file", path)?, None)
    } else if let Some(key) = secret("ACS_ACCESS_KEY") {
        (from_variable("ACS_ACCESS_KEY", &key)?, None)
    } else if let Some(both) = secret("ACS_CONNECTION_STRING") {
        let source = "ACS_CONNECTION_STRING";
        let (address, key) = split_connection_string(&both).ok_or(at(source, Fault::NotAConnectionString))?;
        let address = base_address(source, address)?;
        (from_variable(source, key)?, Some(address))
    } else {
        return Err(at("acs.access_key_file", Fault::NoAccessKey));
    };
    let secondary = match (secondary_file, secret("ACS_SECONDARY_ACCESS_KEY")) {
        (Some(path), _) => Some(from_file("acs.secondary_access_key_file", path)?),
        (None, Some(key)) => Some(from_variable("ACS_SECONDARY_ACCESS_KEY", &key)?),
        (None, None) => None,
    };
    let endpoint = match (endpoint, implied) {
        (Some(written), Some(implied)) if written != implied => {
            return Err(at("acs.endpoint", Fault::TwoEndpoints));
        }
        (Some(endpoint), _) | (None, Some(endpoint)) => endpoint,
        (None, None) => return Err(at("acs.endpoint", Fault::Missing)),
    };
    Ok(AcsSettings { endpoint, credential: ConfiguredCredential::Keys(KeyPair { primary, secondary }) })
}

/// The credential as TOML: the identity, or comments with the length and the source of each key.
pub(super) fn masked_credential(credential: &ConfiguredCredential) -> String {
    let KeyPair { primary, secondary } = match credential {
        ConfiguredCredential::Keys(pair) => pair,
        ConfiguredCredential::Identity(choice) => return masked(choice),
    };
    let comment = |name, placed: &PlacedKey| {
        let PlacedKey { key, source, .. } = placed;
        format!("# {name} access key: {} bytes from {source}", key.len())
    };
    let secondary = secondary.as_ref().map(|placed| comment("secondary", placed));
    [Some(comment("primary", primary)), secondary].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn from_file(source: &'static str, path: String) -> Result<PlacedKey, ConfigurationError> {
    let file = PathBuf::from(path);
    match AccessKey::from_file(&file) {
        Ok(key) => Ok(PlacedKey { key, source, file: Some(file) }),
        Err(FileFault::AccessKey(fault)) => Err(at(source, Fault::AccessKey(fault))),
        Err(FileFault::Unreadable(kind)) => Err(at(source, Fault::Unreadable(kind))),
    }
}

fn from_variable(source: &'static str, text: &str) -> Result<PlacedKey, ConfigurationError> {
    let key = AccessKey::from_base64(text).map_err(|fault| at(source, Fault::AccessKey(fault)))?;
    Ok(PlacedKey { key, source, file: None })
}
