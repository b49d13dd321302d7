//! The claims of the tokens that Entra issues.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    Emulator,
    accounts::{ACCOUNTS, Account},
    authority::Identity,
    directory::{CONTOSO, FABRIKAM, Tenant},
    fault::UnsignedIdToken,
    jwt::SigningKey,
    registrations::{Application, Resource, TokenFormat},
    state::Grant,
};

/// The lifetime of an access token. Entra's is random, between 60 and 90 minutes.
pub(super) const ACCESS_TOKEN_SECONDS: u64 = 3900;

/// The lifetime with continuous access evaluation. Entra's is random, between 20 and 28 hours.
const CONTINUOUS_SECONDS: u64 = 24 * 3600;

/// The lifetime of an ID token.
const ID_TOKEN_SECONDS: u64 = 3600;

/// A v2 ID token, with the fault that is set, if any.
pub(super) fn id_token(
    emulator: &Emulator,
    key: &SigningKey,
    app: &Application,
    identity: &Identity,
    nonce: Option<&str>,
) -> String {
    let now = emulator.entra_now();
    let mut claims = json!({
        "aud": app.client_id,
        "iss": emulator.issuer(identity.tenant.id),
        "iat": now,
        "nbf": now,
        "exp": now + ID_TOKEN_SECONDS,
        "login_hint": identity.account.login_hint(),
        "name": identity.account.display_name,
        "oid": identity.object_id,
        "preferred_username": identity.account.username,
        "rh": RH,
        "sub": pairwise(app.client_id, identity),
        "tid": identity.tenant.id,
        "uti": emulator.random().short("uti"),
        "ver": "2.0",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    let Some(fault) = emulator.faults_for(identity.account).id_token else { return key.sign(&claims) };
    let foreign = if *identity.tenant == FABRIKAM { &CONTOSO } else { &FABRIKAM };
    fault.apply(UnsignedIdToken {
        claims,
        key,
        random: emulator.random(),
        another_person: another_person(identity.account),
        foreign_tenant: foreign.id,
        foreign_issuer: emulator.issuer(foreign.id),
    })
}

/// The claims that name another person of the same home tenant, or `null` where there is no other.
fn another_person(account: &Account) -> Value {
    let mut others = ACCOUNTS.iter().filter(|other| *other != account);
    let other = others.find(|other| other.home.tenant == account.home.tenant);
    other.map_or(Value::Null, |Account { home, display_name, username, .. }| {
        json!({ "oid": home.id, "name": display_name, "preferred_username": username })
    })
}

/// An access token in the format of `resource`.
///
/// If `is_continuous`, the client supports continuous access evaluation: the resource can revoke the token at any time,
/// so its lifetime is long.
pub(super) fn access_token(
    emulator: &Emulator,
    key: &SigningKey,
    grant: &Grant,
    resource: &Resource,
    scp: &str,
    is_continuous: bool,
) -> String {
    let now = emulator.entra_now();
    let (app, identity) = (grant.app, &grant.identity);
    let mut claims = json!({
        "iat": now,
        "nbf": now,
        "exp": now + lifetime(is_continuous),
        "aio": emulator.random().token("aio"),
        "name": identity.account.display_name,
        "oid": identity.object_id,
        "rh": RH,
        "scp": scp,
        "sub": pairwise(resource.app_id, identity),
        "tid": identity.tenant.id,
        "uti": emulator.random().short("uti"),
    });
    let format_claims = match resource.token_format {
        TokenFormat::V1 => json!({
            "aud": resource.uri,
            "iss": emulator.issuer_v1(identity.tenant.id),
            "acr": "1",
            "amr": if grant.has_second_factor { json!(["pwd", "mfa"]) } else { json!(["pwd"]) },
            "appid": app.client_id,
            "appidacr": "0",
            "unique_name": identity.account.username,
            "upn": identity.account.username,
            "ver": "1.0",
        }),
        TokenFormat::V2 => json!({
            "aud": resource.app_id,
            "iss": emulator.issuer(identity.tenant.id),
            "azp": app.client_id,
            "azpacr": "0",
            "preferred_username": identity.account.username,
            "ver": "2.0",
        }),
    };
    extend(&mut claims, format_claims);
    if is_continuous {
        claims["xms_cc"] = json!(["cp1"]);
    }
    if identity.is_guest() {
        // `idp` is the tenant that authenticated the guest.
        claims["idp"] = emulator.issuer_v1(identity.account.home.tenant.id).into();
    }
    key.sign(&claims)
}

/// A v1 token for a program that acts for itself and not for a person.
///
/// `credential` is the `appidacr` claim: `1` for a secret, `2` for a certificate.
pub(super) fn app_token(
    emulator: &Emulator,
    tenant: &Tenant,
    resource: &str,
    (client_id, object_id): (&str, &str),
    credential: &str,
) -> String {
    let now = emulator.entra_now();
    let claims = json!({
        "aud": resource,
        "iss": emulator.issuer_v1(tenant.id),
        "iat": now,
        "nbf": now,
        "exp": now + ACCESS_TOKEN_SECONDS,
        "appid": client_id,
        "appidacr": credential,
        "idtyp": "app",
        "oid": object_id,
        "sub": object_id,
        "tid": tenant.id,
        "uti": emulator.random().short("uti"),
        "ver": "1.0",
    });
    emulator.state().signing_key().sign(&claims)
}

/// The lifetime of an access token in seconds.
pub(super) fn lifetime(is_continuous: bool) -> u64 {
    if is_continuous { CONTINUOUS_SECONDS } else { ACCESS_TOKEN_SECONDS }
}

/// The value of `rh`, an opaque claim for Entra's internal use.
const RH: &str = "1.AAAAAAAAAAAAAAAAAAAAAA.";

/// The `sub` claim: a pairwise identifier (OpenID Connect Core section 8.1), so that two audiences cannot correlate it.
fn pairwise(audience: &str, identity: &Identity) -> String {
    let text = format!("{audience}|{}|{}", identity.tenant.id, identity.object_id);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

fn extend(claims: &mut Value, more: Value) {
    if let (Value::Object(claims), Value::Object(more)) = (claims, more) {
        claims.extend(more);
    }
}
