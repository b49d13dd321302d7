//! A section `foreign_issuers`: a portal that may vouch for the people of one tenant.

use serde::{Deserialize, Serialize};

use super::{
    address::{document, issuer, secure},
    fault::{ConfigurationError, Fault, at},
    ids::{each, refuse_placeholder, tenant_id},
    toml_values::{Section, Word},
};
use crate::caller::{Algorithm, ClientRule, EntraPolicy, ForeignIssuer};

/// The hosts at which Entra issues tokens, in all clouds and versions. Regional endpoints are names below them. A
/// foreign issuer on such a host would be checked by the weaker rules of foreign issuers.
const ENTRAS_HOSTS: [&str; 11] = [
    "login.microsoftonline.com",
    "login-us.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
    "login.microsoftonline.us",
    "login.usgovcloudapi.net",
    "login.microsoftonline.de",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "sts.chinacloudapi.cn",
];

/// The domains below which external tenants of Entra issue tokens: External ID, and Azure AD B2C in each of its clouds
/// (the hosts that MSAL knows as such). A custom domain of such a tenant cannot be recognized.
const EXTERNAL_TENANTS_HOSTS: [&str; 5] =
    ["ciamlogin.com", "b2clogin.com", "b2clogin.cn", "b2clogin.de", "b2clogin.us"];

/// An issuer, such as a portal, that may vouch for the people of one tenant.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ForeignIssuerSection {
    /// The issuer, exactly as in its tokens.
    issuer: String,
    /// The address of its key set (JWKS).
    jwks_url: String,
    /// The algorithms of its tokens.
    algorithms: Vec<Word<Algorithm>>,
    /// The audience of its tokens for this service.
    audience: String,
    /// The claim that names the client. Requires `clients`.
    client_claim: Option<String>,
    /// The clients that may send its tokens. Requires `client_claim`.
    clients: Option<Vec<String>>,
    /// The claim that has the person's object id. Without it: `oid`.
    object_id_claim: Option<String>,
    /// The tenant for whose people it may vouch.
    tenant: String,
}

impl ForeignIssuerSection {
    /// Also fills in the defaults. `path` is the section's own.
    pub(super) fn validate(&mut self, path: &str, entra: &EntraPolicy) -> Result<ForeignIssuer, ConfigurationError> {
        let key = |name: &str| format!("{path}.{name}");
        let keys = document(&key("jwks_url"), &self.jwks_url)?;
        let client_rule = match (&self.client_claim, &self.clients) {
            (Some(claim), Some(clients)) => {
                let allowed = each(&key("clients"), clients, |_, client| Ok(client.to_owned()))?;
                Some(ClientRule { claim: claim.clone(), allowed })
            }
            (None, None) => None,
            (Some(_), None) => return Err(at(key("clients"), Fault::Missing)),
            (None, Some(_)) => return Err(at(key("client_claim"), Fault::Missing)),
        };
        let tenant = tenant_id(&key("tenant"), &self.tenant)?;
        not_entras(&key("issuer"), &self.issuer, entra)?;
        refuse_placeholder(&key("audience"), &self.audience)?;
        let object_id_claim = &*self.object_id_claim.get_or_insert_with(|| "oid".to_owned());
        for (name, text) in [("audience", &self.audience), ("object_id_claim", object_id_claim)] {
            if text.is_empty() {
                return Err(at(key(name), Fault::Missing));
            }
        }
        if self.algorithms.is_empty() {
            return Err(at(key("algorithms"), Fault::Empty));
        }
        Ok(ForeignIssuer {
            issuer: self.issuer.clone(),
            keys,
            algorithms: self.algorithms.iter().map(|word| word.0).collect(),
            audience: self.audience.clone(),
            client_rule,
            object_id_claim: object_id_claim.clone(),
            tenant,
        })
    }
}

/// Checks all of them. Each issuer can have one section only.
pub(super) fn validate_all(
    sections: &mut [Section<ForeignIssuerSection>],
    entra: &EntraPolicy,
) -> Result<Vec<ForeignIssuer>, ConfigurationError> {
    let mut all: Vec<ForeignIssuer> = vec![];
    for (index, Section(section)) in sections.iter_mut().enumerate() {
        let path = format!("foreign_issuers[{index}]");
        let read = section.validate(&path, entra)?;
        if all.iter().any(|known| known.issuer == read.issuer) {
            return Err(at(format!("{path}.issuer"), Fault::Twice));
        }
        all.push(read);
    }
    Ok(all)
}

fn not_entras(key: &str, text: &str, entra: &EntraPolicy) -> Result<(), ConfigurationError> {
    refuse_placeholder(key, text)?;
    issuer(key, text)?;
    let foreign = secure(key, text)?;
    for entras in [Some(&entra.authority), entra.version_1.as_ref().map(|one| &one.issuer)].into_iter().flatten() {
        if secure(key, entras)?.origin() == foreign.origin() {
            return Err(at(key, Fault::EntrasIssuer));
        }
    }
    let host = foreign.host_str().unwrap_or_default().trim_end_matches('.');
    if ENTRAS_HOSTS.iter().any(|entras| is_at_or_below(host, entras)) {
        return Err(at(key, Fault::EntrasIssuer));
    }
    if EXTERNAL_TENANTS_HOSTS.iter().any(|external| is_at_or_below(host, external)) {
        return Err(at(key, Fault::ExternalTenant));
    }
    Ok(())
}

fn is_at_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
