//! Validates B, from its form to its claims.

use std::sync::Arc;

use contract::{ids::TenantId, secret::CallerToken};
use serde_json::Value;

use super::{
    entra::{self, ClaimedIssuer},
    foreign,
    identity::{Caller, Claimed},
    jws::{Jws, SignedClaims},
    key_ring::KeyRing,
    key_source::{KeySource, KeysUnavailable},
    keys::Algorithm,
    policy::{EntraPolicy, ForeignIssuer},
    reason::Reason,
};
use crate::{
    clock::Clock,
    net::{outbound::Outbound, peer_clock::PeerClock},
};

/// Why a request has no validated caller.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// B is not valid. `claimed` is the person that it names, as far as it could be read. It is for the log only.
    Token { reason: Reason, claimed: Claimed },
    /// B cannot be validated without the keys of its issuer.
    KeysUnavailable(KeysUnavailable),
}

pub(crate) struct Validator {
    entra: EntraPolicy,
    foreign_issuers: Vec<ForeignIssuer>,
    /// The keys of all issuers.
    pub(crate) keys: KeyRing,
    clock: Arc<dyn Clock>,
}

impl Validator {
    pub(crate) fn new(
        entra: EntraPolicy,
        foreign_issuers: Vec<ForeignIssuer>,
        outbound: &Outbound,
        peer_clock: &Arc<PeerClock>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let keys = KeyRing::new(&entra, &foreign_issuers, outbound, peer_clock, &clock);
        Self { entra, foreign_issuers, keys, clock }
    }

    pub(crate) async fn validate(&self, token: &CallerToken) -> Result<Caller, Refusal> {
        let mut claimed = Claimed::default();
        self.judge(token, &mut claimed).await.map_err(|refusal| match refusal {
            Refusal::Token { reason, .. } => Refusal::Token { reason, claimed },
            Refusal::KeysUnavailable(unavailable) => Refusal::KeysUnavailable(unavailable),
        })
    }

    /// Validates B. Writes the person that the unverified token names to `claimed`.
    async fn judge(&self, token: &CallerToken, claimed: &mut Claimed) -> Result<Caller, Refusal> {
        let jws = Jws::parse(token.expose())?;
        claimed.object = jws.unverified_object();
        // The issuer is either Entra or a foreign issuer, and never both: the configuration refuses foreign issuers on
        // hosts of Entra.
        let issuer = jws.unverified_claims().get("iss").and_then(Value::as_str);
        match self.foreign_issuers.iter().find(|foreign| issuer == Some(&foreign.issuer)) {
            Some(foreign) => self.validate_foreign_token(jws, foreign).await,
            None => self.validate_entra_token(jws, claimed).await,
        }
    }

    async fn validate_entra_token(&self, jws: Jws<'_>, claimed: &mut Claimed) -> Result<Caller, Refusal> {
        if jws.algorithm() != Algorithm::Rs256 {
            return Err(Reason::AlgorithmNotAllowed.into());
        }
        let ClaimedIssuer { tenant, version, keys_issuer } =
            entra::claimed_issuer(jws.unverified_claims(), &self.entra, claimed)?;
        // Only here does a token cause a request, and only for the keys of a configured tenant.
        let keys = self.keys.tenants.get(&tenant).ok_or(Reason::TenantNotAllowed)?;
        let signed = verified(jws, keys, &keys_issuer, &tenant).await?;
        let (object, client) = entra::authorize(&signed, version, &self.entra, self.clock.now())?;
        Ok(Caller {
            tenant,
            object,
            client: Some(client.to_string()),
            token_id: signed.token_id("uti"),
            foreign_issuer: None,
        })
    }

    async fn validate_foreign_token(&self, jws: Jws<'_>, foreign: &ForeignIssuer) -> Result<Caller, Refusal> {
        let ForeignIssuer { issuer, tenant, .. } = foreign;
        if !foreign.algorithms.contains(&jws.algorithm()) {
            return Err(Reason::AlgorithmNotAllowed.into());
        }
        let keys = self.keys.foreign_issuers.get(issuer).ok_or(Reason::WrongIssuer)?;
        let signed = verified(jws, keys, issuer, tenant).await?;
        let (object, client) = foreign::authorize(&signed, foreign, self.clock.now())?;
        Ok(Caller {
            tenant: tenant.clone(),
            object,
            client,
            token_id: signed.token_id("jti"),
            foreign_issuer: Some(issuer.clone()),
        })
    }
}

/// Verifies the signature, and returns the claims.
async fn verified(
    jws: Jws<'_>,
    keys: &Arc<KeySource>,
    issuer: &str,
    tenant: &TenantId,
) -> Result<SignedClaims, Refusal> {
    let key = keys.find(jws.key_id()).await?.ok_or(Reason::UnknownKey)?;
    if !key.may_sign_for(issuer, tenant) {
        return Err(Reason::KeyOfAnotherIssuer.into());
    }
    Ok(jws.verify(&key)?)
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::Token { reason, claimed: Claimed::default() }
    }
}

impl From<KeysUnavailable> for Refusal {
    fn from(unavailable: KeysUnavailable) -> Self {
        Self::KeysUnavailable(unavailable)
    }
}
