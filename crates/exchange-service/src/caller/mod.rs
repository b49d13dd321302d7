//! Who is asking: B, validated.
//!
//! B is an Entra access token for this service's own API, or the token of a foreign issuer that the operator trusts; it is
//! the only token whose audience the service is. It is validated in the order of trust: its shape, the keys of the issuer
//! it names (if that issuer is allowed at all), its signature, and only then what it says.

mod algorithm;
mod audience;
mod claims;
mod foreign;
mod jws;
mod key_ring;
mod key_source;
mod keys;
mod reason;
mod times;
mod unique_json;

use std::sync::Arc;

use protocol::{
    ids::{ObjectId, TenantId},
    secret::CallerToken,
};

use serde_json::Value;

pub(crate) use self::{algorithm::Algorithm, key_source::KeysUnavailable, reason::Reason};
use self::{
    claims::ClaimedIssuer,
    jws::{Jws, SignedClaims},
    key_ring::KeyRing,
    key_source::KeySource,
};
use crate::{
    clock::Clock,
    configuration::{Entra, ForeignIssuer},
    outbound::Outbound,
    peer_clock::PeerClock,
};

/// A person of an allowed tenant, vouched for by that tenant or by the issuer that may vouch for it, through an allowed
/// application.
///
/// The person is `tenant` and `object` together: an object id alone may exist in two tenants.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: TenantId,
    /// Artifact A2.
    pub(crate) object: ObjectId,
    /// The application that asks for the person, if the issuer has to say.
    pub(crate) client: Option<String>,
    /// The token's own id, `uti` or `jti`, by which its issuer finds it.
    pub(crate) token_id: Option<String>,
    /// Who vouched, if it was not Entra.
    pub(crate) foreign_issuer: Option<String>,
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

/// The issuer that vouched for a person, and the tenant that it vouched for. Limits count by both: a portal must not spend
/// what its tenant's people have who come by Entra, nor the reverse (REV-03). Both are configured, so there are few.
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

pub(crate) struct Validator {
    entra: Entra,
    foreign_issuers: Vec<ForeignIssuer>,
    keys: KeyRing,
    clock: Arc<dyn Clock>,
}

impl Validator {
    pub(crate) fn new(
        entra: Entra,
        foreign_issuers: Vec<ForeignIssuer>,
        outbound: &Outbound,
        peer_clock: &Arc<PeerClock>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let keys = KeyRing::new(&entra, &foreign_issuers, outbound, peer_clock, &clock);
        Self { entra, foreign_issuers, keys, clock }
    }

    /// The keys of all issuers.
    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    pub(crate) async fn validate(&self, token: &CallerToken) -> Result<Caller, Refusal> {
        let mut claimed = Claimed::default();
        self.judge(token, &mut claimed).await.map_err(|fault| match fault {
            Judgement::Refused(reason) => Refusal::Token { reason, claimed },
            Judgement::KeysUnavailable(unavailable) => Refusal::KeysUnavailable(unavailable),
        })
    }

    async fn judge(&self, token: &CallerToken, claimed: &mut Claimed) -> Result<Caller, Judgement> {
        let jws = Jws::parse(token.expose())?;
        claimed.object = jws.unverified_object();
        // Exactly one of the two is the issuer's: the configuration lets no foreign issuer look like Entra.
        let issuer = jws.unverified_claims().get("iss").and_then(Value::as_str);
        match self.foreign_issuers.iter().find(|foreign| issuer == Some(&foreign.issuer)) {
            Some(foreign) => self.of_foreign_issuer(jws, foreign).await,
            None => self.of_entra(jws, claimed).await,
        }
    }

    async fn of_entra(&self, jws: Jws<'_>, claimed: &mut Claimed) -> Result<Caller, Judgement> {
        if jws.algorithm() != Algorithm::Rs256 {
            return Err(Reason::AlgorithmNotAllowed.into());
        }
        let ClaimedIssuer { tenant, version, keys_issuer } =
            claims::claimed_issuer(jws.unverified_claims(), &self.entra, claimed)?;
        // Only here does the token cause a request, and only to the keys of a tenant that the operator allowed.
        let keys = self.keys.of_tenant(&tenant).ok_or(Reason::TenantNotAllowed)?;
        let signed = verified(jws, keys, &keys_issuer, &tenant).await?;
        let (object, client) = claims::authorize(&signed, version, &self.entra, self.clock.unix_seconds())?;
        Ok(Caller {
            tenant,
            object,
            client: Some(client.to_string()),
            token_id: signed.token_id("uti"),
            foreign_issuer: None,
        })
    }

    async fn of_foreign_issuer(&self, jws: Jws<'_>, foreign: &ForeignIssuer) -> Result<Caller, Judgement> {
        let ForeignIssuer { issuer, tenant, .. } = foreign;
        if !foreign.algorithms.contains(&jws.algorithm()) {
            return Err(Reason::AlgorithmNotAllowed.into());
        }
        let keys = self.keys.of_foreign_issuer(issuer).ok_or(Reason::WrongIssuer)?;
        let signed = verified(jws, keys, issuer, tenant).await?;
        let (object, client) = foreign::authorize(&signed, foreign, self.clock.unix_seconds())?;
        Ok(Caller {
            tenant: tenant.clone(),
            object,
            client,
            token_id: signed.token_id("jti"),
            foreign_issuer: Some(issuer.clone()),
        })
    }
}

/// What the issuer's own key has signed.
async fn verified(
    jws: Jws<'_>,
    keys: &Arc<KeySource>,
    issuer: &str,
    tenant: &TenantId,
) -> Result<SignedClaims, Judgement> {
    let key = keys.find(jws.key_id()).await?.ok_or(Reason::UnknownKey)?;
    if !key.may_sign_for(issuer, tenant) {
        return Err(Reason::KeyOfAnotherIssuer.into());
    }
    Ok(jws.verify(&key)?)
}

/// Why there is no caller, before whom the token named is added to it.
enum Judgement {
    Refused(Reason),
    KeysUnavailable(KeysUnavailable),
}

impl From<Reason> for Judgement {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl From<KeysUnavailable> for Judgement {
    fn from(unavailable: KeysUnavailable) -> Self {
        Self::KeysUnavailable(unavailable)
    }
}
