//! The section `acs`: the resource, and the credential for it.

use std::path::PathBuf;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    address::base_address,
    fault::{ConfigurationError, Fault, at, must_be},
    ids::client_id,
    secret::{Environment, secret},
    toml_values::Word,
};
use crate::acs::{
    AcsSettings, ConfiguredCredential,
    access_key::{AccessKey, split_connection_string},
    access_keys::{KeyPair, PlacedKey},
    client_secret::{Application, ClientSecret},
    service_identity::IdentityChoice,
};

/// The Communication Services resource, and how this service authenticates to it: with an access key or an identity.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AcsSection {
    /// The address of the resource: scheme, host and port. Required unless `ACS_CONNECTION_STRING` has it.
    endpoint: Option<String>,
    /// A file with the primary access key and nothing else. Without it: `ACS_ACCESS_KEY` or `ACS_CONNECTION_STRING`.
    access_key_file: Option<String>,
    /// A file with the secondary access key, which is used when ACS rejects the primary one.
    secondary_access_key_file: Option<String>,
    /// The identity with which the service authenticates instead of a key.
    identity: Option<Word<IdentityKind>>,
    /// The tenant of the application. Required with `client_secret`.
    identity_tenant_id: Option<String>,
    /// Which user-assigned identity, or which application. Required with `client_secret`.
    identity_client_id: Option<String>,
    /// A file with the value of the client secret. Without it: `ACS_IDENTITY_SECRET`.
    identity_secret_file: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum IdentityKind {
    /// The managed identity of a virtual machine, an App Service or a Function.
    Managed,
    /// The Kubernetes service account.
    Workload,
    /// An application in Entra with a client secret, on any machine.
    ClientSecret,
}

const TENANT: &str = "acs.identity_tenant_id";
const CLIENT: &str = "acs.identity_client_id";
const SECRET_FILE: &str = "acs.identity_secret_file";

impl AcsSection {
    /// Also fills in the endpoint of the connection string.
    pub(super) fn validate(
        &mut self,
        authority: &str,
        environment: Environment<'_>,
    ) -> Result<AcsSettings, ConfigurationError> {
        let identity = self.identity(authority, environment)?;
        let written = self.endpoint.as_ref().map(|text| base_address("acs.endpoint", text)).transpose()?;
        let (credential, implied) = match identity {
            // An identity needs no key, and an unused key can only be stolen.
            Some(_) if self.access_key_file.is_some() || self.secondary_access_key_file.is_some() => {
                return Err(at("acs.identity", Fault::KeyWithIdentity));
            }
            Some(choice) => (ConfiguredCredential::Identity(choice), None),
            None => self.keys(environment)?,
        };
        let endpoint = match (written, implied) {
            (Some(written), Some(implied)) if written != implied => {
                return Err(at("acs.endpoint", Fault::TwoEndpoints));
            }
            (Some(endpoint), _) | (None, Some(endpoint)) => endpoint,
            (None, None) => return Err(at("acs.endpoint", Fault::Missing)),
        };
        self.endpoint = Some(endpoint.as_str().trim_end_matches('/').to_owned());
        Ok(AcsSettings { endpoint, credential })
    }

    /// The access keys, and the endpoint of the connection string if the primary key is from there.
    fn keys(&self, environment: Environment<'_>) -> Result<(ConfiguredCredential, Option<Url>), ConfigurationError> {
        let placed = |source, text: &str, file: &Option<String>| match AccessKey::from_base64(text) {
            Ok(key) => Ok(PlacedKey { key, source, file: file.as_ref().map(PathBuf::from) }),
            Err(fault) => Err(at(source, Fault::AccessKey(fault))),
        };
        let file = &self.access_key_file;
        let (primary, implied) = match secret("acs.access_key_file", file, "ACS_ACCESS_KEY", environment)? {
            Some((source, text)) => (placed(source, &text, file)?, None),
            None => {
                let source = "ACS_CONNECTION_STRING";
                let both = environment(source).ok_or_else(|| at("acs.access_key_file", Fault::NoAccessKey))?;
                let parts = split_connection_string(&both).ok_or_else(|| at(source, Fault::NotAConnectionString))?;
                let endpoint = base_address(source, parts.0)?;
                (placed(source, parts.1, &None)?, Some(endpoint))
            }
        };
        let file = &self.secondary_access_key_file;
        let secondary = secret("acs.secondary_access_key_file", file, "ACS_SECONDARY_ACCESS_KEY", environment)?;
        let secondary = secondary.map(|(source, text)| placed(source, &text, file)).transpose()?;
        Ok((ConfiguredCredential::Keys(KeyPair { primary, secondary }), implied))
    }

    /// `None` if an access key is used.
    fn identity(
        &self,
        authority: &str,
        environment: Environment<'_>,
    ) -> Result<Option<IdentityChoice>, ConfigurationError> {
        let kind = self.identity.as_ref().map(|word| word.0);
        let client = self.identity_client_id.as_ref().map(|text| client_id(CLIENT, text)).transpose()?;
        if kind != Some(IdentityKind::ClientSecret) {
            // Azure knows the tenant of an identity that it gave, and there is no secret.
            for (key, value) in [(TENANT, &self.identity_tenant_id), (SECRET_FILE, &self.identity_secret_file)] {
                if value.is_some() {
                    return Err(at(key, Fault::NoClientSecret));
                }
            }
        }
        Ok(Some(match kind {
            None if client.is_some() => return Err(at("acs.identity", Fault::Missing)),
            None => return Ok(None),
            Some(IdentityKind::Managed) => IdentityChoice::Managed(client),
            Some(IdentityKind::Workload) => IdentityChoice::Workload(client),
            Some(IdentityKind::ClientSecret) => {
                let tenant = self.identity_tenant_id.as_ref().ok_or_else(|| at(TENANT, Fault::Missing))?;
                let tenant = tenant.parse().map_err(|_| at(TENANT, must_be("a GUID")))?;
                let client_id = client.ok_or_else(|| at(CLIENT, Fault::Missing))?;
                if !authority.starts_with("https://") {
                    return Err(at("entra.authority", must_be("https where acs.identity is client_secret")));
                }
                let file = &self.identity_secret_file;
                let text = secret(SECRET_FILE, file, "ACS_IDENTITY_SECRET", environment)?;
                let (source, text) = text.ok_or_else(|| at(SECRET_FILE, Fault::Missing))?;
                let secret = ClientSecret::from_text(&text).ok_or_else(|| {
                    at(source, must_be("the value of a client secret: one word, and not the secret's id"))
                })?;
                let (authority, file) = (authority.to_owned(), file.as_ref().map(PathBuf::from));
                IdentityChoice::Application(Application { authority, tenant, client_id, secret, source, file })
            }
        }))
    }
}

/// The sources of the secrets, and the lengths of the keys.
pub(super) fn sources(credential: &ConfiguredCredential) -> Vec<String> {
    let of_key = |name, PlacedKey { key, source, .. }: &PlacedKey| {
        format!("{name} access key: {} bytes from {source}", key.len())
    };
    match credential {
        ConfiguredCredential::Keys(KeyPair { primary, secondary }) => {
            let secondary = secondary.iter().map(|placed| of_key("secondary", placed));
            [of_key("primary", primary)].into_iter().chain(secondary).collect()
        }
        ConfiguredCredential::Identity(IdentityChoice::Application(Application { source, .. })) => {
            vec![format!("client secret from {source}")]
        }
        ConfiguredCredential::Identity(IdentityChoice::Managed(_) | IdentityChoice::Workload(_)) => vec![],
    }
}
