//! The keys `acs.identity…`: the identity with which the service authenticates to ACS without an access key.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{
    fault::{ConfigurationError, Fault, at},
    ids::client_id,
    section::Section,
};
use crate::acs::{
    client_secret::{Application, ClientSecret, SecretFileFault},
    service_identity::IdentityChoice,
};

const MANAGED: &str = "managed";
const WORKLOAD: &str = "workload";
const CLIENT_SECRET: &str = "client_secret";

const TENANT: &str = "acs.identity_tenant_id";
const CLIENT: &str = "acs.identity_client_id";
const SECRET_FILE: &str = "acs.identity_secret_file";
const SECRET_VARIABLE: &str = "ACS_IDENTITY_SECRET";

/// `None` if an access key is used.
pub(super) fn identity(
    section: &mut Section,
    authority: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<IdentityChoice>, ConfigurationError> {
    let kind = section.text("identity")?;
    let tenant = section.text("identity_tenant_id")?;
    let client = section.text("identity_client_id")?.map(|text| client_id(CLIENT, &text)).transpose()?;
    let file = section.text("identity_secret_file")?.map(PathBuf::from);
    if kind.as_deref() != Some(CLIENT_SECRET) {
        // Azure knows the tenant of an identity that it gave, and there is no secret.
        for (key, is_there) in [(TENANT, tenant.is_some()), (SECRET_FILE, file.is_some())] {
            if is_there {
                return Err(at(key, Fault::NoClientSecret));
            }
        }
    }
    match kind.as_deref() {
        None if client.is_some() => Err(at("acs.identity", Fault::Missing)),
        None => Ok(None),
        Some(MANAGED) => Ok(Some(IdentityChoice::Managed(client))),
        Some(WORKLOAD) => Ok(Some(IdentityChoice::Workload(client))),
        Some(CLIENT_SECRET) => {
            let tenant = tenant.ok_or(at(TENANT, Fault::Missing))?;
            let tenant = tenant.parse().map_err(|_| at(TENANT, Fault::NotAGuid))?;
            let client_id = client.ok_or(at(CLIENT, Fault::Missing))?;
            if !authority.starts_with("https://") {
                return Err(at("entra.authority", Fault::NoSecretWithoutTls));
            }
            let (secret, source) = secret(file.as_deref(), environment)?;
            let authority = authority.to_owned();
            Ok(Some(IdentityChoice::Application(Application { authority, tenant, client_id, secret, source, file })))
        }
        Some(_) => Err(at("acs.identity", Fault::NotAnIdentity)),
    }
}

/// The identity as TOML, with the source of its secret as a comment.
pub(super) fn masked(choice: &IdentityChoice) -> String {
    let (kind, client) = match choice {
        IdentityChoice::Managed(client) => (MANAGED, client),
        IdentityChoice::Workload(client) => (WORKLOAD, client),
        IdentityChoice::Application(Application { tenant, client_id, source, .. }) => {
            return format!(
                "identity = \"{CLIENT_SECRET}\"\nidentity_tenant_id = \"{tenant}\"\nidentity_client_id = \"{client_id}\"\n\
                 # its secret from {source}"
            );
        }
    };
    let client = client.as_ref().map(|id| format!("\nidentity_client_id = \"{id}\""));
    format!("identity = \"{kind}\"{}", client.unwrap_or_default())
}

fn secret(
    file: Option<&std::path::Path>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(ClientSecret, &'static str), ConfigurationError> {
    if let Some(file) = file {
        return match ClientSecret::from_file(file) {
            Ok(secret) => Ok((secret, SECRET_FILE)),
            Err(SecretFileFault::NotAClientSecret) => Err(at(SECRET_FILE, Fault::NotAClientSecret)),
            Err(SecretFileFault::Unreadable(kind)) => Err(at(SECRET_FILE, Fault::Unreadable(kind))),
        };
    }
    let text = environment(SECRET_VARIABLE).filter(|text| !text.is_empty()).map(Zeroizing::new);
    let text = text.ok_or(at(SECRET_FILE, Fault::Missing))?;
    let secret = ClientSecret::from_text(&text).ok_or(at(SECRET_VARIABLE, Fault::NotAClientSecret))?;
    Ok((secret, SECRET_VARIABLE))
}
