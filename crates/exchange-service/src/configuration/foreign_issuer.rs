//! A section `foreign_issuers`: a portal that may vouch for the people of one tenant.

use super::{
    address::{document, issuer, secure},
    fault::{ConfigurationError, Fault, at},
    ids::{refuse_placeholder, tenant_id},
    section::Section,
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

pub(super) fn read_all(sections: Vec<Section>, entra: &EntraPolicy) -> Result<Vec<ForeignIssuer>, ConfigurationError> {
    let mut all: Vec<ForeignIssuer> = vec![];
    for section in sections {
        let read = read(section, entra)?;
        if all.iter().any(|known| known.issuer == read.issuer) {
            return Err(at("foreign_issuers.issuer", Fault::Twice));
        }
        all.push(read);
    }
    Ok(all)
}

fn read(mut section: Section, entra: &EntraPolicy) -> Result<ForeignIssuer, ConfigurationError> {
    let issuer = section.required_text("issuer")?;
    let keys = document("foreign_issuers.jwks_url", &section.required_text("jwks_url")?)?;
    let algorithms = section.required_texts("algorithms")?;
    let audience = section.required_text("audience")?;
    let client_rule = read_client_rule(&mut section)?;
    let object_id_claim = section.text("object_id_claim")?.unwrap_or_else(|| "oid".to_owned());
    let tenant = tenant_id("foreign_issuers.tenant", &section.required_text("tenant")?)?;
    section.nothing_left()?;

    not_entras("foreign_issuers.issuer", &issuer, entra)?;
    refuse_placeholder("foreign_issuers.audience", &audience)?;
    for (key, text) in [("foreign_issuers.audience", &audience), ("foreign_issuers.object_id_claim", &object_id_claim)]
    {
        if text.is_empty() {
            return Err(at(key, Fault::Missing));
        }
    }
    let algorithms = algorithms.iter().map(|name| Algorithm::named(name)).collect::<Option<_>>();
    let algorithms = algorithms.ok_or(at("foreign_issuers.algorithms", Fault::NotAlgorithms))?;
    Ok(ForeignIssuer { issuer, keys, algorithms, audience, client_rule, object_id_claim, tenant })
}

/// The section as TOML.
pub(super) fn masked(foreign: &ForeignIssuer) -> String {
    let ForeignIssuer { issuer, keys, algorithms, audience, client_rule, object_id_claim, tenant } = foreign;
    let algorithms: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let client_rule = client_rule.as_ref().map(|ClientRule { claim, allowed }| {
        let allowed: Vec<_> = allowed.iter().collect();
        format!("client_claim = {claim:?}\nclients = {allowed:?}\n")
    });
    format!(
        "[[foreign_issuers]]\nissuer = {issuer:?}\njwks_url = \"{keys}\"\nalgorithms = {algorithms:?}\n\
             audience = {audience:?}\n{}object_id_claim = {object_id_claim:?}\ntenant = \"{tenant}\"\n\n",
        client_rule.unwrap_or_default()
    )
}

fn read_client_rule(section: &mut Section) -> Result<Option<ClientRule>, ConfigurationError> {
    match (section.text("client_claim")?, section.texts("clients")?) {
        (Some(claim), Some(allowed)) => Ok(Some(ClientRule { claim, allowed: allowed.into_iter().collect() })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(at("foreign_issuers.clients", Fault::Missing)),
        (None, Some(_)) => Err(at("foreign_issuers.client_claim", Fault::Missing)),
    }
}

fn not_entras(key: &'static str, text: &str, entra: &EntraPolicy) -> Result<(), ConfigurationError> {
    refuse_placeholder(key, text)?;
    issuer(key, text)?;
    let origin = |text: &str| secure(key, text).map(|url| url.origin());
    let foreign = secure(key, text)?;
    let configured = [Some(&entra.authority), entra.version_1.as_ref().map(|one| &one.issuer)];
    for entras in configured.into_iter().flatten() {
        if origin(entras)? == foreign.origin() {
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
