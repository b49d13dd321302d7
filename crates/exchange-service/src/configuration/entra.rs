//! The section `entra`: the required claims of Entra's B.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    address::{base_address, issuer},
    fault::{ConfigurationError, Fault, at, must_be},
    ids::{client_id, each, refuse_placeholder, tenant_id},
    page::Page,
};
use crate::caller::{EntraPolicy, Version1};

/// The tokens of Entra that the service accepts.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct EntraSection {
    /// The cloud, such as https://login.microsoftonline.com.
    authority: String,
    /// The application (client) id of this service's own API, which is the audience of its tokens of version 2.
    audience: String,
    /// The scope that a token must have. Without it: `access_as_user`.
    scope: Option<String>,
    /// The ids of the tenants whose people can use the service.
    tenants: Vec<String>,
    /// The applications that can request a token for a person. Without it: the page.
    clients: Option<Vec<String>>,
    /// Whether this service's own application has signing keys of its own, as claims mapping adds them.
    own_signing_key: Option<bool>,
    /// The authentication context of Conditional Access that a token must have, such as c1.
    authentication_context: Option<String>,
    /// The issuer of tokens of version 1, before the tenant. Without it: https://sts.windows.net.
    v1_issuer: Option<String>,
    /// The App ID URIs of this service's own API, to accept tokens of version 1 too.
    v1_audiences: Option<Vec<String>>,
}

impl EntraSection {
    /// Also fills in the defaults.
    pub(super) fn validate(&mut self, page: &Page) -> Result<EntraPolicy, ConfigurationError> {
        let authority = base_address("entra.authority", &self.authority)?;
        let audience = client_id("entra.audience", &self.audience)?;
        let version_1 = self.version_1()?;
        // A token contains only the name of the scope, although a request contains the address of the API before it.
        let scope = self.scope.get_or_insert_with(|| "access_as_user".to_owned()).clone();
        if scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':')) {
            return Err(at("entra.scope", must_be("the name of one scope, without the address of the API")));
        }
        // Entra names authentication contexts c1 to c99.
        let is_context = |name: &str| (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
        if self.authentication_context.as_deref().is_some_and(|name| !is_context(name)) {
            return Err(at("entra.authentication_context", must_be("the id of an authentication context, like c1")));
        }
        let tenants = each("entra.tenants", &self.tenants, tenant_id)?;
        let clients = self.clients.get_or_insert_with(|| vec![page.client_id.to_string()]);
        let clients = each("entra.clients", clients, client_id)?;
        if audience == page.client_id {
            return Err(at("entra.audience", Fault::AudienceOfThePage));
        }
        Ok(EntraPolicy {
            authority: authority.as_str().trim_end_matches('/').to_owned(),
            audience,
            scope,
            tenants,
            clients,
            own_signing_key: *self.own_signing_key.get_or_insert(false),
            authentication_context: self.authentication_context.clone(),
            version_1,
        })
    }

    fn version_1(&mut self) -> Result<Option<Version1>, ConfigurationError> {
        let Some(audiences) = &self.v1_audiences else {
            return if self.v1_issuer.is_some() { Err(at("entra.v1_audiences", Fault::Missing)) } else { Ok(None) };
        };
        let audiences: BTreeSet<_> = each("entra.v1_audiences", audiences, |key, audience| {
            refuse_placeholder(key, audience)?;
            if audience.is_empty() || audience.contains(|c: char| c == '*' || c.is_whitespace()) {
                return Err(at(key, must_be("the App ID URIs of the service's own API, to the letter")));
            }
            Ok(audience.to_owned())
        })?;
        let written = self.v1_issuer.get_or_insert_with(|| "https://sts.windows.net".to_owned());
        Ok(Some(Version1 { issuer: issuer("entra.v1_issuer", written)?, audiences }))
    }
}
