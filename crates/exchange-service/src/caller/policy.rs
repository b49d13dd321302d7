//! Which issuers are trusted, for which people, and what their tokens must say.

use std::collections::BTreeSet;

use contract::ids::{ClientId, TenantId};
use reqwest::Url;

use super::keys::Algorithm;

/// What Entra's B must say.
#[derive(Debug)]
pub(crate) struct EntraPolicy {
    /// Without a path and without a last slash, as in an issuer.
    pub(crate) authority: String,
    /// The service's own API.
    pub(crate) audience: ClientId,
    /// The scope that B must have.
    pub(crate) scope: String,
    /// The tenants whose people may ask. Never empty.
    pub(crate) tenants: BTreeSet<TenantId>,
    /// The applications that may ask for a person: B's `azp`.
    pub(crate) clients: BTreeSet<ClientId>,
    /// Whether the service's own application has signing keys of its own, which claims mapping gives it.
    pub(crate) own_signing_key: bool,
    /// The authentication context of Conditional Access that the person must have met.
    pub(crate) authentication_context: Option<String>,
    /// What B says in version 1; `None` if only version 2 is taken.
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

/// A portal that issues tokens of its own for this service.
#[derive(Debug)]
pub(crate) struct ForeignIssuer {
    /// As its tokens write it, to the letter.
    pub(crate) issuer: String,
    /// Its JWKS.
    pub(crate) keys: Url,
    /// Never empty.
    pub(crate) algorithms: BTreeSet<Algorithm>,
    /// The audience of its tokens for this service.
    pub(crate) audience: String,
    /// The clients that may ask; `None` if the issuer decides that alone.
    pub(crate) client_rule: Option<ClientRule>,
    /// The claim that has the person's object id.
    pub(crate) object_id_claim: String,
    /// The tenant whose people it may vouch for. One, so that a compromised portal opens no other tenant.
    pub(crate) tenant: TenantId,
}

/// A claim, and the texts that it may have.
#[derive(Debug)]
pub(crate) struct ClientRule {
    pub(crate) claim: String,
    /// Never empty.
    pub(crate) allowed: BTreeSet<String>,
}
