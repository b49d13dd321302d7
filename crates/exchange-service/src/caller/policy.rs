//! The trusted issuers, the people for whom they can vouch, and the required claims of their tokens.

use std::collections::BTreeSet;

use contract::ids::{ClientId, TenantId};
use reqwest::Url;

use super::keys::Algorithm;

/// The required claims of Entra's B.
#[derive(Debug)]
pub(crate) struct EntraPolicy {
    /// The authority, without a path and without a last slash, as it begins an issuer.
    pub(crate) authority: String,
    /// The client id of the service's own API.
    pub(crate) audience: ClientId,
    /// The scope that B must have.
    pub(crate) scope: String,
    /// The tenants whose people are accepted. Never empty.
    pub(crate) tenants: BTreeSet<TenantId>,
    /// The applications that may send B: its claim `azp`.
    pub(crate) clients: BTreeSet<ClientId>,
    /// Whether the service's registration has its own signing keys, which claims mapping adds.
    pub(crate) own_signing_key: bool,
    /// The authentication context of Conditional Access that the person must have met.
    pub(crate) authentication_context: Option<String>,
    /// The claims of tokens of version 1. `None` if only version 2 is accepted.
    pub(crate) version_1: Option<Version1>,
}

/// Issuer and audience of tokens of version 1.
#[derive(Debug)]
pub(crate) struct Version1 {
    /// The issuer before the tenant, without a last slash.
    pub(crate) issuer: String,
    /// The App ID URIs of the service's own API. Never empty.
    pub(crate) audiences: BTreeSet<String>,
}

/// A portal that issues tokens for this service.
#[derive(Debug)]
pub(crate) struct ForeignIssuer {
    /// The issuer, exactly as in its tokens.
    pub(crate) issuer: String,
    /// The address of its JWKS.
    pub(crate) keys: Url,
    /// The algorithms of its tokens. Never empty.
    pub(crate) algorithms: BTreeSet<Algorithm>,
    /// The audience of its tokens for this service.
    pub(crate) audience: String,
    /// The clients that may send its tokens. `None` if the issuer alone decides.
    pub(crate) client_rule: Option<ClientRule>,
    /// The claim that has the person's object id.
    pub(crate) object_id_claim: String,
    /// The tenant for whose people it can vouch. Only one, so that a compromised portal has no effect on other tenants.
    pub(crate) tenant: TenantId,
}

/// A claim, and its allowed values.
#[derive(Debug)]
pub(crate) struct ClientRule {
    pub(crate) claim: String,
    /// The allowed values. Never empty.
    pub(crate) allowed: BTreeSet<String>,
}
