//! The section `entra`: who issues B, for what, and through whom.

use std::collections::BTreeSet;

use protocol::ids::{ClientId, TenantId};

use super::{
    Page,
    address::{base_address, issuer},
    client_id,
    fault::{ConfigurationError, Fault, at},
    refuse_placeholder,
    section::Section,
};

/// The tenant of all personal Microsoft accounts. It is everybody's, so allowing it allows everybody.
pub(super) const CONSUMER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Who issues B, and to whom.
#[derive(Debug)]
pub(crate) struct Entra {
    /// Without a path and without a last slash, as in an issuer.
    pub(crate) authority: String,
    /// The service's own API.
    pub(crate) audience: ClientId,
    /// The scope that B must have.
    pub(crate) scope: String,
    /// Whose people may ask. Never empty.
    pub(crate) tenants: BTreeSet<TenantId>,
    /// Which applications may ask for a person: B's `azp`.
    pub(crate) clients: BTreeSet<ClientId>,
    /// Whether the service's own application has signing keys of its own, which claims mapping gives it.
    pub(crate) own_signing_key: bool,
    /// What the person must have done to sign in, as an authentication context of Conditional Access.
    pub(crate) authentication_context: Option<String>,
    /// How B may look in version 1; nothing if only version 2 is taken.
    pub(crate) version_1: Option<Version1>,
}

/// What a token of version 1 says of its issuer and its audience.
#[derive(Debug)]
pub(crate) struct Version1 {
    /// Before the tenant, without a last slash.
    pub(crate) issuer: String,
    /// The App ID URIs of the service's own API. Never empty.
    pub(crate) audiences: BTreeSet<String>,
}

impl Entra {
    pub(super) fn read(mut section: Section, page: &Page) -> Result<Self, ConfigurationError> {
        let authority = base_address("entra.authority", &section.required_text("authority")?)?;
        let audience = client_id("entra.audience", &section.required_text("audience")?)?;
        let scope = section.text("scope")?.unwrap_or_else(|| "access_as_user".to_owned());
        let tenants = section.required_texts("tenants")?;
        let clients = section.texts("clients")?;
        let own_signing_key = section.switch("own_signing_key")?.unwrap_or(false);
        let authentication_context = section.text("authentication_context")?;
        let version_1 = Version1::read(&mut section)?;
        section.nothing_left()?;

        // Entra writes the name alone into a token, though it is asked for with the API's address in front.
        if scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':')) {
            return Err(at("entra.scope", Fault::NotAScope));
        }
        // Entra's names for them are c1 to c99.
        let is_context =
            |name: &String| (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
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
        Ok(Self { authority, audience, scope, tenants, clients, own_signing_key, authentication_context, version_1 })
    }
}

impl Version1 {
    fn read(section: &mut Section) -> Result<Option<Self>, ConfigurationError> {
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
        Ok(Some(Self { issuer: issuer("entra.v1_issuer", written)?, audiences: audiences.into_iter().collect() }))
    }

    /// The two keys, as TOML.
    pub(super) fn masked(&self) -> String {
        let audiences: Vec<_> = self.audiences.iter().collect();
        format!("v1_issuer = {:?}\nv1_audiences = {audiences:?}", self.issuer)
    }
}

pub(super) fn tenant_id(key: &'static str, text: &str) -> Result<TenantId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    match text.parse::<TenantId>() {
        Ok(tenant) if tenant.as_str() == CONSUMER_TENANT => Err(at(key, Fault::ConsumerTenant)),
        Ok(tenant) => Ok(tenant),
        Err(_) => Err(at(key, Fault::NotAGuid)),
    }
}
