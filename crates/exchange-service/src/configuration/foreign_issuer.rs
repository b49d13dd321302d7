//! A section `foreign_issuers`: who else may vouch for a person, and for whose people.

use std::collections::BTreeSet;

use protocol::ids::TenantId;
use reqwest::Url;

use super::{
    Entra,
    address::{document, issuer, secure},
    entra::tenant_id,
    fault::{ConfigurationError, Fault, at},
    refuse_placeholder,
    section::Section,
};
use crate::caller::Algorithm;

/// A portal that issues tokens of its own for this service.
#[derive(Debug)]
pub(crate) struct ForeignIssuer {
    /// As its tokens write it, to the letter.
    pub(crate) issuer: String,
    /// Its JWKS.
    pub(crate) keys: Url,
    /// Never empty.
    pub(crate) algorithms: BTreeSet<Algorithm>,
    /// What its tokens for this service are for.
    pub(crate) audience: String,
    /// Through whom it may be asked; nothing if that is its own affair.
    pub(crate) client_rule: Option<ClientRule>,
    /// The claim that has the person's object id.
    pub(crate) object_id_claim: String,
    /// Whose people it may vouch for. One, so that a portal that is broken into opens no other tenant.
    pub(crate) tenant: TenantId,
}

/// A claim, and the texts that it may have.
#[derive(Debug)]
pub(crate) struct ClientRule {
    pub(crate) claim: String,
    /// Never empty.
    pub(crate) allowed: BTreeSet<String>,
}

/// Where Entra issues tokens, in any of its clouds and versions; a regional endpoint is a name below one of these. An issuer
/// that is both would be judged by the weaker rules.
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

/// Below which the external tenants of Entra issue tokens: External ID, and Azure AD B2C in each of its clouds (the hosts that
/// MSAL knows as such). A custom domain of such a tenant looks like any other host.
const EXTERNAL_TENANTS_HOSTS: [&str; 5] =
    ["ciamlogin.com", "b2clogin.com", "b2clogin.cn", "b2clogin.de", "b2clogin.us"];

impl ForeignIssuer {
    pub(super) fn read_all(sections: Vec<Section>, entra: &Entra) -> Result<Vec<Self>, ConfigurationError> {
        let mut all: Vec<Self> = vec![];
        for section in sections {
            let read = Self::read(section, entra)?;
            if all.iter().any(|known| known.issuer == read.issuer) {
                return Err(at("foreign_issuers.issuer", Fault::Twice));
            }
            all.push(read);
        }
        Ok(all)
    }

    fn read(mut section: Section, entra: &Entra) -> Result<Self, ConfigurationError> {
        let issuer = section.required_text("issuer")?;
        let keys = document("foreign_issuers.jwks_url", &section.required_text("jwks_url")?)?;
        let algorithms = section.required_texts("algorithms")?;
        let audience = section.required_text("audience")?;
        let client_rule = ClientRule::read(&mut section)?;
        let object_id_claim = section.text("object_id_claim")?.unwrap_or_else(|| "oid".to_owned());
        let tenant = tenant_id("foreign_issuers.tenant", &section.required_text("tenant")?)?;
        section.nothing_left()?;

        not_entras("foreign_issuers.issuer", &issuer, entra)?;
        refuse_placeholder("foreign_issuers.audience", &audience)?;
        for (key, text) in
            [("foreign_issuers.audience", &audience), ("foreign_issuers.object_id_claim", &object_id_claim)]
        {
            if text.is_empty() {
                return Err(at(key, Fault::Missing));
            }
        }
        let algorithms = algorithms.iter().map(|name| Algorithm::named(name)).collect::<Option<_>>();
        let algorithms = algorithms.ok_or(at("foreign_issuers.algorithms", Fault::NotAlgorithms))?;
        Ok(Self { issuer, keys, algorithms, audience, client_rule, object_id_claim, tenant })
    }

    pub(super) fn masked(&self) -> String {
        let Self { issuer, keys, algorithms, audience, client_rule, object_id_claim, tenant } = self;
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
}

impl ClientRule {
    fn read(section: &mut Section) -> Result<Option<Self>, ConfigurationError> {
        match (section.text("client_claim")?, section.texts("clients")?) {
            (Some(claim), Some(allowed)) => Ok(Some(Self { claim, allowed: allowed.into_iter().collect() })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(at("foreign_issuers.clients", Fault::Missing)),
            (None, Some(_)) => Err(at("foreign_issuers.client_claim", Fault::Missing)),
        }
    }
}

fn not_entras(key: &'static str, text: &str, entra: &Entra) -> Result<(), ConfigurationError> {
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
