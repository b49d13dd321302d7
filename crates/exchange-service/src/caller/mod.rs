//! Who is asking: B, validated.
//!
//! B is an Entra access token for this service's own API, and the only token whose audience the service is. It is
//! validated in the order of trust: its shape, the keys of the tenant it names (if that tenant is allowed at all), its
//! signature, and only then what it says.

mod claims;
mod jws;
mod key_ring;
mod keys;
mod reason;
mod unique_json;

use std::sync::Arc;

use protocol::{
    ids::{ClientId, ObjectId, TenantId},
    secret::CallerToken,
};

use serde_json::Value;

use self::{claims::Identity, jws::Jws};
pub(crate) use self::{
    key_ring::{KeyRing, KeysUnavailable},
    reason::Reason,
};
use crate::{clock::Clock, configuration::Entra};

/// A person of an allowed tenant, vouched for by that tenant, through an allowed application.
///
/// The person is `tenant` and `object` together: an object id alone may exist in two tenants.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: TenantId,
    /// Artifact A2.
    pub(crate) object: ObjectId,
    /// The application that asks for the person.
    pub(crate) client: ClientId,
}

/// Why nobody is known to be asking.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// B is not good. `claimed` is what it said of itself as far as that could be read: for the log, for no decision.
    Token { reason: Reason, claimed: Claimed },
    /// Nothing can be said of B without its issuer's keys.
    KeysUnavailable(KeysUnavailable),
}

/// Whom a refused token named.
#[derive(Debug, Default, Clone)]
pub(crate) struct Claimed {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) object: Option<ObjectId>,
}

pub(crate) struct Validator {
    entra: Entra,
    keys: KeyRing,
    clock: Arc<dyn Clock>,
}

impl Validator {
    pub(crate) fn new(entra: Entra, keys: KeyRing, clock: Arc<dyn Clock>) -> Self {
        Self { entra, keys, clock }
    }

    /// Whether the keys of at least one tenant are at hand, after an attempt to have them. One tenant whose id is wrong
    /// must not make the service unready for the others.
    pub(crate) async fn has_keys(&self) -> bool {
        self.keys.has_any().await
    }

    /// The keys of every allowed tenant, as a JWKS has them.
    pub(crate) async fn published_keys(&self) -> Result<Vec<Value>, KeysUnavailable> {
        self.keys.published().await
    }

    /// The same of one tenant; `None` if it is not allowed.
    pub(crate) async fn published_keys_of(&self, tenant: &TenantId) -> Option<Result<Vec<Value>, KeysUnavailable>> {
        self.keys.published_of(tenant).await
    }

    pub(crate) async fn validate(&self, token: &CallerToken) -> Result<Caller, Refusal> {
        let mut claimed = Claimed::default();
        let refuse = |reason, claimed: &Claimed| Refusal::Token { reason, claimed: claimed.clone() };

        let jws = Jws::parse(token.expose()).map_err(|reason| refuse(reason, &claimed))?;
        claimed.object = jws.unverified_object();
        let Identity { tenant, version, keys_issuer } =
            claims::identity(jws.unverified_claims(), &self.entra, &mut claimed)
                .map_err(|reason| refuse(reason, &claimed))?;

        // Only here does the token cause a request, and only to the keys of a tenant that the operator allowed.
        let key = self.keys.find(&tenant, jws.key_id()).await.map_err(Refusal::KeysUnavailable)?;
        let signed = key
            .ok_or(Reason::UnknownKey)
            .and_then(
                |key| if key.may_sign_for(&keys_issuer, &tenant) { Ok(key) } else { Err(Reason::KeyOfAnotherIssuer) },
            )
            .and_then(|key| jws.verify(&key))
            .map_err(|reason| refuse(reason, &claimed))?;

        claims::authorize(&signed, version, &self.entra, self.clock.unix_seconds())
            .map(|(object, client)| Caller { tenant, object, client })
            .map_err(|reason| refuse(reason, &claimed))
    }
}
