//! The identity of a caller, validated or claimed by a refused token.

use std::sync::Arc;

use contract::ids::{ObjectId, TenantId};

/// A person of an allowed tenant, vouched for by that tenant or by the issuer that may vouch for it, through an allowed
/// application.
///
/// The person is `tenant` and `object` together: an object id alone may exist in two tenants.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: TenantId,
    /// Artifact A2.
    pub(crate) object: ObjectId,
    /// The application that requests a token for the person, if the issuer must name one.
    pub(crate) client: Option<String>,
    /// The id of the token, `uti` or `jti`, with which its issuer can find it.
    pub(crate) token_id: Option<String>,
    /// The issuer that vouched, if it was not Entra.
    pub(crate) foreign_issuer: Option<String>,
}

/// The person that a refused token names. Unverified, for the log only.
#[derive(Debug, Default, Clone)]
pub(crate) struct Claimed {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) object: Option<ObjectId>,
}

/// The issuer that vouched for a person, and the tenant that it vouched for. Limits count by both, so that a portal
/// cannot use up the limits of people who sign in to the same tenant with Entra, nor the reverse (REV-03). Both are
/// configured, so there are few.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct IssuerTenant {
    /// A foreign issuer; `None` for Entra.
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) tenant: TenantId,
}

impl Caller {
    pub(crate) fn issuer_tenant(&self) -> IssuerTenant {
        IssuerTenant { issuer: self.foreign_issuer.as_deref().map(Arc::from), tenant: self.tenant.clone() }
    }
}
