//! Checks the claims of Entra's B. The order is that of Entra's guidance on validating claims: tenant and issuer,
//! times, version, audience, kind of token, scope, actor, subject.

use contract::{
    UnixTime,
    ids::{ClientId, ObjectId, TenantId},
};
use serde_json::{Map, Value};

use super::{
    claims::{Times, names},
    identity::Claimed,
    jws::SignedClaims,
    policy::EntraPolicy,
    reason::Reason,
};

/// The issuer that B claims, whose key must have signed it.
pub(super) struct ClaimedIssuer {
    pub(super) tenant: TenantId,
    pub(super) version: Version,
    /// The issuer in the form of version 2, whatever the version of the token: keys are labeled with that form.
    pub(super) keys_issuer: String,
}

/// Entra's two formats of an access token. The registration of the API decides which one it gets; a page cannot choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// Steps 1 and 2, on unverified claims. They choose the keys, and decide nothing else.
pub(super) fn claimed_issuer(
    unverified: &Map<String, Value>,
    entra: &EntraPolicy,
    claimed: &mut Claimed,
) -> Result<ClaimedIssuer, Reason> {
    let text = |name| unverified.get(name).and_then(Value::as_str);

    // 1. The tenant is one that the operator configured. `common` is not, nor is a text that could change the path of a
    // URL.
    let tenant: TenantId = text("tid").and_then(|id| id.parse().ok()).ok_or(Reason::TenantNotAGuid)?;
    claimed.tenant = Some(tenant.clone());
    if !entra.tenants.contains(&tenant) {
        return Err(Reason::TenantNotAllowed);
    }
    // 2. The issuer is exactly this tenant at this cloud. Its form decides on the version, and the version on the other
    // checks.
    let keys_issuer = format!("{}/{tenant}/v2.0", entra.authority);
    let version = match (text("iss"), &entra.version_1) {
        (Some(issuer), _) if issuer == keys_issuer => Version::Two,
        (Some(issuer), Some(one)) if issuer == format!("{}/{tenant}/", one.issuer) => Version::One,
        _ => return Err(Reason::WrongIssuer),
    };
    Ok(ClaimedIssuer { tenant, version, keys_issuer })
}

/// Steps 3 to 11, on verified claims.
pub(super) fn authorize(
    signed: &SignedClaims,
    version: Version,
    entra: &EntraPolicy,
    now: UnixTime,
) -> Result<(ObjectId, ClientId), Reason> {
    let (ver, actor) = match version {
        Version::One => ("1.0", "appid"),
        Version::Two => ("2.0", "azp"),
    };

    // 3. The times. Entra always sends all three.
    let times = Times::of(signed)?;
    if times.not_before.is_none() {
        return Err(Reason::TimesMissing);
    }
    times.include(now)?;
    // 4. The version belongs to the form of the issuer.
    if signed.text("ver") != Some(ver) {
        return Err(Reason::WrongVersion);
    }
    // 5. The audience is this service. Accepting a forwarded token for another resource would make it a confused
    // deputy.
    let ours = |audience: &str| match version {
        Version::One => entra.version_1.as_ref().is_some_and(|one| one.audiences.contains(audience)),
        Version::Two => audience == entra.audience.as_str(),
    };
    if !names(signed.get("aud"), ours) {
        return Err(Reason::NotForUs);
    }
    // 6. It is an access token: only an ID token repeats the client's nonce.
    if signed.get("nonce").is_some() {
        return Err(Reason::IdToken);
    }
    // 7. It is for a person: an application's token is for the application itself.
    if !matches!(signed.get("idtyp"), None | Some(Value::String(_))) || signed.text("idtyp") == Some("app") {
        return Err(Reason::AppOnly);
    }
    // 8. It has the scope as a whole word. Roles do not replace the scope.
    if !signed.text("scp").is_some_and(|scopes| scopes.split(' ').any(|scope| scope == entra.scope)) {
        return Err(Reason::NoScope);
    }
    // 9. It was requested by an allowed application. Only this version's claim for it is read.
    let client = signed.text(actor).and_then(|id| id.parse().ok()).filter(|client| entra.clients.contains(client));
    let client = client.ok_or(Reason::ClientNotAllowed)?;
    // 10. The person, by object id and never by e-mail or user name, which tenants may reassign.
    let object = signed.text("oid").and_then(|id| id.parse().ok()).ok_or(Reason::ObjectIdMissing)?;
    // 11. The authentication context. This check is last, so that its distinct response is not sent for other tokens.
    if let Some(context) = &entra.authentication_context
        && !names(signed.get("acrs"), |met| met == context)
    {
        return Err(Reason::StepUpMissing);
    }
    Ok((object, client))
}
