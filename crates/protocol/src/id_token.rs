//! The ID token (OIDC Core §3.1.3.7), in three stages of trust, each made by consuming the one before:
//! [`UnverifiedIdToken`] → [`SignedIdToken`] → [`Identity`].

use std::fmt;

use jwt_compact::UntrustedToken;
use messages::peer_text;
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    CLOCK_TOLERANCE,
    authority::Issuer,
    ids::{ClientId, ObjectId, TenantId},
    jwks::{Key, KeySet},
    pkce::Nonce,
    secret::SecretText,
};

const LEEWAY: i64 = CLOCK_TOLERANCE.cast_signed();

/// An ID token that somebody sent. Nothing in it may be believed; its key id, issuer and tenant may be used to find the
/// key that has to have signed it.
pub struct UnverifiedIdToken {
    token: SecretText,
    kid: String,
    signature: Vec<u8>,
    claims: Claims,
}

/// An ID token whose signature is the authority's.
pub struct SignedIdToken(Claims);

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `tid`: with `oid` the only stable name of a person.
    pub tenant: TenantId,
    /// `oid`.
    pub object: ObjectId,
    /// `sub`: the person, as this application alone knows them.
    pub subject: String,
    /// `name`, for display only.
    pub name: Option<String>,
    /// `preferred_username`, for display only.
    pub username: Option<String>,
    /// `login_hint`, an optional claim: names the account to Entra when the person signs out.
    pub login_hint: Option<String>,
}

/// What this page expects of an ID token.
#[derive(Debug)]
pub struct Expectations<'a> {
    /// Who may issue it.
    pub issuer: &'a Issuer,
    /// For whom it must be.
    pub client_id: &'a ClientId,
    /// What was sent in the request; spent by the comparison.
    pub nonce: Nonce,
    /// Seconds since 1970.
    pub now: u64,
}

/// Why an ID token is refused. Everything that came with it is discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdTokenRefusal {
    /// `alg` is not RS256, or `crit` asks for something unknown.
    Algorithm,
    /// `aud` is not exactly this application.
    Audience,
    /// `azp` is another application.
    AuthorizedParty,
    /// `exp` is past.
    Expired,
    /// `iss` is not the configured authority's, or does not fit `tid`.
    Issuer,
    /// `iat` or `nbf` is in the future.
    NotYetValid,
    /// No key of the authority has its `kid`, or the key may not speak for the issuer.
    KeyUnknown,
    /// With a refreshed token there came one about somebody else.
    AnotherPerson,
    /// Not a signed JWT with a key id.
    Malformed,
    /// There is none.
    Missing,
    /// `nonce` is missing or another one.
    Nonce,
    /// The signature is not that key's.
    Signature,
    /// `sub` or `oid` is missing.
    Subject,
    /// `tid` is missing or no GUID.
    Tenant,
    /// `exp` or `iat` is missing.
    Undated,
    /// `ver` is not 2.0.
    Version,
}

impl fmt::Display for IdTokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "ID token: the algorithm is not RS256",
            Self::Audience => "ID token: aud is not this application",
            Self::AuthorizedParty => "ID token: azp is not this application",
            Self::Expired => "ID token: exp is past",
            Self::Issuer => "ID token: iss is not the configured authority's",
            Self::NotYetValid => "ID token: iat or nbf is in the future",
            Self::KeyUnknown => "ID token: no key of the authority fits it",
            Self::AnotherPerson => "ID token: the refreshed one is not about whoever signed in",
            Self::Malformed => "ID token: it is no signed JWT",
            Self::Missing => "ID token: there is none",
            Self::Nonce => "ID token: nonce is not the one that was sent",
            Self::Signature => "ID token: the signature is wrong",
            Self::Subject => "ID token: sub or oid is missing",
            Self::Tenant => "ID token: tid is missing",
            Self::Undated => "ID token: exp or iat is missing",
            Self::Version => "ID token: ver is not 2.0",
        })
    }
}

#[derive(Default, Deserialize)]
struct Header {
    crit: Option<IgnoredAny>,
}

struct Claims {
    exp: Option<i64>,
    iat: Option<i64>,
    nbf: Option<i64>,
    other: OtherClaims,
}

#[derive(Deserialize)]
struct OtherClaims {
    iss: Option<String>,
    aud: Option<Audience>,
    azp: Option<String>,
    nonce: Option<String>,
    sub: Option<String>,
    oid: Option<String>,
    tid: Option<String>,
    ver: Option<String>,
    name: Option<String>,
    preferred_username: Option<String>,
    login_hint: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// Whether it is this application, and no other beside it.
    fn is(&self, client_id: &ClientId) -> bool {
        match self {
            Self::One(one) => one == client_id.as_str(),
            Self::Many(many) => many.iter().map(String::as_str).eq([client_id.as_str()]),
        }
    }
}

impl UnverifiedIdToken {
    /// Takes the token apart.
    pub fn parse(token: SecretText) -> Result<Self, IdTokenRefusal> {
        let untrusted = UntrustedToken::<Header>::try_from(token.expose()).map_err(|_| IdTokenRefusal::Malformed)?;
        // RFC 8725 §3.1: one algorithm, decided here and not by the token. RFC 7515 §4.1.11 for `crit`.
        if untrusted.algorithm() != "RS256" || untrusted.header().other_fields.crit.is_some() {
            return Err(IdTokenRefusal::Algorithm);
        }
        // RFC 8725 §3.11: an access token (`at+jwt`) is no ID token. Entra says `JWT`, others nothing.
        if untrusted.header().token_type.as_ref().is_some_and(|kind| !kind.eq_ignore_ascii_case("jwt")) {
            return Err(IdTokenRefusal::Malformed);
        }
        let kid = untrusted.header().key_id.clone().filter(|kid| !kid.is_empty()).ok_or(IdTokenRefusal::Malformed)?;
        let claims = untrusted.deserialize_claims_unchecked::<OtherClaims>().map_err(|_| IdTokenRefusal::Malformed)?;
        let claims = Claims {
            exp: claims.expiration.map(|t| t.timestamp()),
            iat: claims.issued_at.map(|t| t.timestamp()),
            nbf: claims.not_before.map(|t| t.timestamp()),
            other: claims.custom,
        };
        let signature = untrusted.signature_bytes().to_vec();
        Ok(Self { token, kid, signature, claims })
    }

    /// What was signed (RFC 7515 §5.1).
    pub fn signing_input(&self) -> &str {
        let token = self.token.expose();
        &token[..token.rfind('.').unwrap_or(0)]
    }

    /// The signature over it.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The key that has to have signed it: with the id that it names, and allowed to speak for the issuer that it names.
    pub fn key<'k>(&self, keys: &'k KeySet) -> Option<&'k Key> {
        let Claims { other: OtherClaims { iss, tid, .. }, .. } = &self.claims;
        keys.find(&self.kid, iss.as_deref().unwrap_or_default(), tid.as_deref().unwrap_or_default())
    }

    /// Whether one that came with a refreshed token is about the person who signed in (OIDC Core §12.2). Nothing is taken
    /// from it, so nobody needs its signature. `oid` and `tid` may be left out, since `profile` is not asked for again.
    pub fn is_still(&self, identity: &Identity, issuer: &Issuer, client_id: &ClientId) -> bool {
        let OtherClaims { iss, aud, sub, oid, tid, .. } = &self.claims.other;
        sub.as_ref() == Some(&identity.subject)
            && oid.as_deref().is_none_or(|oid| oid.parse::<ObjectId>().is_ok_and(|oid| oid == identity.object))
            && tid.as_deref().is_none_or(|tid| tid.parse::<TenantId>().is_ok_and(|tid| tid == identity.tenant))
            && iss.as_deref().is_some_and(|iss| issuer.admits(iss, &identity.tenant))
            && aud.as_ref().is_some_and(|aud| aud.is(client_id))
    }

    /// Goes on only if the signature was found good.
    pub fn signature_checked(self, good: bool) -> Result<SignedIdToken, IdTokenRefusal> {
        if good { Ok(SignedIdToken(self.claims)) } else { Err(IdTokenRefusal::Signature) }
    }
}

impl SignedIdToken {
    /// The numbered checks of OIDC Core §3.1.3.7, and Entra's own of tenant and version.
    pub fn validate(self, expected: Expectations<'_>) -> Result<Identity, IdTokenRefusal> {
        let Claims { exp, iat, nbf, other: claims } = self.0;
        // 2. The issuer is the configured authority's; with many tenants, the one of the tenant that `tid` names.
        let tenant: TenantId = claims.tid.and_then(|tid| tid.parse().ok()).ok_or(IdTokenRefusal::Tenant)?;
        if !claims.iss.is_some_and(|iss| expected.issuer.admits(&iss, &tenant)) {
            return Err(IdTokenRefusal::Issuer);
        }
        // 3. The audience is this application, and no other beside it.
        if !claims.aud.is_some_and(|aud| aud.is(expected.client_id)) {
            return Err(IdTokenRefusal::Audience);
        }
        // 4., 5. `azp`, where present, is this application.
        if claims.azp.is_some_and(|azp| azp != expected.client_id.as_str()) {
            return Err(IdTokenRefusal::AuthorizedParty);
        }
        // 11. The nonce of this sign-in.
        if claims.nonce.as_deref() != Some(expected.nonce.as_str()) {
            return Err(IdTokenRefusal::Nonce);
        }
        if claims.ver.as_deref() != Some("2.0") {
            return Err(IdTokenRefusal::Version);
        }
        let object = claims.oid.and_then(|oid| oid.parse().ok()).ok_or(IdTokenRefusal::Subject)?;
        let subject = claims.sub.filter(|sub| !sub.is_empty()).ok_or(IdTokenRefusal::Subject)?;
        // 9., 10. Times; the leeway is for clocks, not for tokens. They come last: a token that is wrong in nothing else came
        // this moment, so it is the clock that is wrong.
        let now = i64::try_from(expected.now).unwrap_or(i64::MAX - LEEWAY);
        let (Some(exp), Some(iat)) = (exp, iat) else { return Err(IdTokenRefusal::Undated) };
        if exp <= now - LEEWAY {
            return Err(IdTokenRefusal::Expired);
        }
        if iat > now + LEEWAY || nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
            return Err(IdTokenRefusal::NotYetValid);
        }
        // Shown, and the user name is kept and sent, too: a text that is not what it looks like is not one (REP-21).
        let name = claims.name.map(|name| peer_text::sanitized_name(&name));
        let username = claims.preferred_username.filter(|name| *name == peer_text::sanitized(name));
        let is_hint = |hint: &String| (1..=1024).contains(&hint.len()) && hint.bytes().all(|b| b.is_ascii_graphic());
        // A JWT is not a hint, and would stand in an address.
        let login_hint = claims.login_hint.filter(|hint| is_hint(hint) && !hint.starts_with("eyJ"));
        Ok(Identity { tenant, object, subject, name, username, login_hint })
    }
}

impl fmt::Debug for UnverifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnverifiedIdToken(…)")
    }
}

impl fmt::Debug for SignedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedIdToken(…)")
    }
}

#[cfg(test)]
mod tests;
