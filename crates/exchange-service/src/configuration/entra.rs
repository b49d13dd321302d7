//! The section `entra`: the required claims of Entra's B.

use std::collections::BTreeSet;

use super::{
    address::{base_address, issuer},
    fault::{ConfigurationError, Fault, at},
    ids::{client_id, refuse_placeholder, tenant_id},
    page::Page,
    section::Section,
};
use crate::caller::{EntraPolicy, Version1};

pub(super) fn read(mut section: Section, page: &Page) -> Result<EntraPolicy, ConfigurationError> {
    let authority = base_address("entra.authority", &section.required_text("authority")?)?;
    let audience = client_id("entra.audience", &section.required_text("audience")?)?;
    let scope = section.text("scope")?.unwrap_or_else(|| "access_as_user".to_owned());
    let tenants = section.required_texts("tenants")?;
    let clients = section.texts("clients")?;
    let own_signing_key = section.flag("own_signing_key")?.unwrap_or(false);
    let authentication_context = section.text("authentication_context")?;
    let version_1 = read_version_1(&mut section)?;
    section.nothing_left()?;

    // A token contains only the name of the scope, although a request contains the address of the API before it.
    if scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':')) {
        return Err(at("entra.scope", Fault::NotAScope));
    }
    // Entra names authentication contexts c1 to c99.
    let is_context = |name: &String| (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if authentication_context.as_ref().is_some_and(|name| !is_context(name)) {
        return Err(at("entra.authentication_context", Fault::NotAContext));
    }
    let tenants = tenants.iter().map(|text| tenant_id("entra.tenants", text)).collect::<Result<_, _>>()?;
    let clients = match clients {
        Some(clients) => clients.iter().map(|text| client_id("entra.clients", text)).collect::<Result<_, _>>()?,
        None => BTreeSet::from([page.client_id.clone()]),
    };
    if audience == page.client_id {
        return Err(at("entra.audience", Fault::AudienceOfThePage));
    }
    let authority = authority.as_str().trim_end_matches('/').to_owned();
    Ok(EntraPolicy { authority, audience, scope, tenants, clients, own_signing_key, authentication_context, version_1 })
}

fn read_version_1(section: &mut Section) -> Result<Option<Version1>, ConfigurationError> {
    let audiences = section.texts("v1_audiences")?;
    let written = section.text("v1_issuer")?;
    let Some(audiences) = audiences else {
        return if written.is_some() { Err(at("entra.v1_audiences", Fault::Missing)) } else { Ok(None) };
    };
    for audience in &audiences {
        refuse_placeholder("entra.v1_audiences", audience)?;
        if audience.is_empty() || audience.contains(|c: char| c == '*' || c.is_whitespace()) {
            return Err(at("entra.v1_audiences", Fault::NotAnAudience));
        }
    }
    let written = written.as_deref().unwrap_or("https://sts.windows.net");
    Ok(Some(Version1 { issuer: issuer("entra.v1_issuer", written)?, audiences: audiences.into_iter().collect() }))
}

/// The keys for tokens of version 1, as TOML.
pub(super) fn masked_version_1(version_1: &Version1) -> String {
    let audiences: Vec<_> = version_1.audiences.iter().collect();
    format!("v1_issuer = {:?}\nv1_audiences = {audiences:?}", version_1.issuer)
}
