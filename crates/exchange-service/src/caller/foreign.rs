//! Checks the claims of a foreign issuer's B, with which a portal vouches for a person who is signed in there.
//!
//! Its token proves less than Entra's, so the rules are stricter: the configuration decides on the one tenant, and the
//! token is valid for a quarter of an hour at most.

use contract::{UnixTime, ids::ObjectId};

use super::{
    claims::{Times, names},
    jws::SignedClaims,
    policy::{ClientRule, ForeignIssuer},
    reason::Reason,
};

/// The longest time from `iat` to `exp`, in seconds. Short, because a stolen token cannot be revoked.
const MAX_TOKEN_LIFETIME: i64 = 15 * 60;

/// Checks verified claims, and returns the person with the client that asks.
pub(super) fn authorize(
    signed: &SignedClaims,
    issuer: &ForeignIssuer,
    now: UnixTime,
) -> Result<(ObjectId, Option<String>), Reason> {
    let times = Times::of(signed)?;
    times.include(now)?;
    if !(1..=MAX_TOKEN_LIFETIME).contains(&times.expires.saturating_sub(times.issued)) {
        return Err(Reason::LivesTooLong);
    }
    if !names(signed.get("aud"), |audience| audience == issuer.audience) {
        return Err(Reason::NotForUs);
    }
    let client = match &issuer.client_rule {
        None => None,
        Some(ClientRule { claim, allowed }) => {
            let client = signed.text(claim).filter(|client| allowed.contains(*client));
            Some(client.ok_or(Reason::ClientNotAllowed)?.to_owned())
        }
    };
    // The claim `tid` is optional, but must not name another tenant.
    if signed.get("tid").is_some_and(|tenant| tenant != issuer.tenant.as_str()) {
        return Err(Reason::TenantNotAllowed);
    }
    let object = signed.text(&issuer.object_id_claim).and_then(|id| id.parse().ok()).ok_or(Reason::ObjectIdMissing)?;
    Ok((object, client))
}
