//! What Entra's B says, and what it must say. The order is that of Entra's guidance on validating claims: tenant and issuer,
//! times, version, audience, kind of token, scope, actor, subject.

use contract::ids::{ClientId, ObjectId, TenantId};
use serde_json::{Map, Value};

use super::{
    claims::{Times, names},
    identity::Claimed,
    jws::SignedClaims,
    policy::EntraPolicy,
    reason::Reason,
};

/// What B claims to be, and whose key must have signed it.
pub(super) struct ClaimedIssuer {
    pub(super) tenant: TenantId,
    pub(super) version: Version,
    /// As the keys are labelled: with the issuer of version 2, whatever the version of the token.
    pub(super) keys_issuer: String,
}

/// Entra's two formats of an access token. Which one a service gets is in its own registration: a page cannot choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// Steps 1 and 2, on unverified claims: enough to choose the keys, and no other decision depends on it.
pub(super) fn claimed_issuer(
    unverified: &Map<String, Value>,
    entra: &EntraPolicy,
    claimed: &mut Claimed,
) -> Result<ClaimedIssuer, Reason> {
    let text = |name| unverified.get(name).and_then(Value::as_str);

    // 1. The tenant is one that the operator named: not `common`, and nothing that could lead a path elsewhere.
    let tenant: TenantId = text("tid").and_then(|id| id.parse().ok()).ok_or(Reason::TenantNotAGuid)?;
    claimed.tenant = Some(tenant.clone());
    if !entra.tenants.contains(&tenant) {
        return Err(Reason::TenantNotAllowed);
    }
    // 2. The issuer is this tenant at this cloud, to the letter. It decides on the version, and the version on the rest.
    let keys_issuer = format!("{}/{tenant}/v2.0", entra.authority);
    let version = match (text("iss"), &entra.version_1) {
        (Some(issuer), _) if issuer == keys_issuer => Version::Two,
        (Some(issuer), Some(one)) if issuer == format!("{}/{tenant}/", one.issuer) => Version::One,
        _ => return Err(Reason::WrongIssuer),
    };
    Ok(ClaimedIssuer { tenant, version, keys_issuer })
}

/// Steps 3 to 10, on what the issuer signed. `now` in seconds since 1970.
pub(super) fn authorize(
    signed: &SignedClaims,
    version: Version,
    entra: &EntraPolicy,
    now: u64,
) -> Result<(ObjectId, ClientId), Reason> {
    let (ver, actor) = match version {
        Version::One => ("1.0", "appid"),
        Version::Two => ("2.0", "azp"),
    };

    // 3. Entra says all three.
    let times = Times::of(signed)?;
    if times.not_before.is_none() {
        return Err(Reason::TimesMissing);
    }
    times.include(now)?;
    // 4. The version that the issuer's form belongs to.
    if signed.text("ver") != Some(ver) {
        return Err(Reason::WrongVersion);
    }
    // 5. For this service. A token for another resource, forwarded, would make the service a confused deputy.
    let ours = |audience: &str| match version {
        Version::One => entra.version_1.as_ref().is_some_and(|one| one.audiences.contains(audience)),
        Version::Two => audience == entra.audience.as_str(),
    };
    if !names(signed.get("aud"), ours) {
        return Err(Reason::NotForUs);
    }
    // 6. An access token: an ID token is the one that repeats the client's nonce.
    if signed.get("nonce").is_some() {
        return Err(Reason::IdToken);
    }
    // 7. For a person: an application acts for itself only.
    if !matches!(signed.get("idtyp"), None | Some(Value::String(_))) || signed.text("idtyp") == Some("app") {
        return Err(Reason::AppOnly);
    }
    // 8. With the scope as a whole word. Roles do not replace it.
    if !signed.text("scp").is_some_and(|scopes| scopes.split(' ').any(|scope| scope == entra.scope)) {
        return Err(Reason::NoScope);
    }
    // 9. Through an application that the operator allowed. The other version's name for it is not read.
    let client = signed.text(actor).and_then(|id| id.parse().ok()).filter(|client| entra.clients.contains(client));
    let client = client.ok_or(Reason::ClientNotAllowed)?;
    // 10. The person: never by e-mail or user name, which tenants may reassign.
    let object = signed.text("oid").and_then(|id| id.parse().ok()).ok_or(Reason::ObjectIdMissing)?;
    // 11. After all that would refuse a stranger, and so that it tells a stranger nothing: how the person signed in.
    if let Some(context) = &entra.authentication_context
        && !names(signed.get("acrs"), |met| met == context)
    {
        return Err(Reason::StepUpMissing);
    }
    Ok((object, client))
}
