//! What a foreign issuer's B must say: a portal's own session, vouched for by the portal.
//!
//! It says less than Entra's, so it is believed less: one tenant, which the configuration names and the token cannot
//! choose, and a quarter of an hour.

use contract::ids::ObjectId;

use super::{
    claims::{Times, names},
    jws::SignedClaims,
    policy::{ClientRule, ForeignIssuer},
    reason::Reason,
};

/// From `iat` to `exp`, in seconds. A stolen token is soon worth nothing, since it cannot be revoked.
const LONGEST_LIFE: i64 = 15 * 60;

/// On what the issuer signed. `now` in seconds since 1970. The person, and through which client.
pub(super) fn authorize(
    signed: &SignedClaims,
    issuer: &ForeignIssuer,
    now: u64,
) -> Result<(ObjectId, Option<String>), Reason> {
    let times = Times::of(signed)?;
    times.include(now)?;
    if !(1..=LONGEST_LIFE).contains(&times.expires.saturating_sub(times.issued)) {
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
    // It need not name a tenant, but must not name another.
    if signed.get("tid").is_some_and(|tenant| tenant != issuer.tenant.as_str()) {
        return Err(Reason::TenantNotAllowed);
    }
    let object = signed.text(&issuer.object_id_claim).and_then(|id| id.parse().ok()).ok_or(Reason::ObjectIdMissing)?;
    Ok((object, client))
}
