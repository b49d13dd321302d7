//! The ID token (OIDC Core §3.1.3.7), in three levels of trust. Each is made by consuming the one before:
//! [`UnverifiedIdToken`] → [`SignedIdToken`] → [`Identity`].

use std::fmt;

use contract::{
    CLOCK_TOLERANCE, UnixTime,
    ids::{ClientId, ObjectId, TenantId},
    secret::SecretText,
};
use jwt_compact::UntrustedToken;
use messages::peer_text;
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    authority::Issuer,
    jwks::{Key, KeySet},
    pkce::Nonce,
};

const LEEWAY: i64 = CLOCK_TOLERANCE.cast_signed();

/// An ID token that may be forged. Only its key id, issuer and tenant may be used, to find the key that must have
/// signed it.
pub struct UnverifiedIdToken {
    token: SecretText,
    kid: String,
    signature: Vec<u8>,
    claims: Claims,
}

/// An ID token that the authority signed. Its claims are not checked yet.
pub struct SignedIdToken(Claims);

/// The person who signed in, from a valid ID token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `tid`: together with `oid` the only stable identifier of a person.
    pub tenant: TenantId,
    /// `oid`: the person in this tenant.
    pub object: ObjectId,
    /// `sub`: the person for this application alone.
    pub subject: String,
    /// `name`, for display only.
    pub name: Option<String>,
    /// `preferred_username`, for display only.
    pub username: Option<String>,
    /// `login_hint`, an optional claim. Entra needs it to sign out the right account.
    pub login_hint: Option<String>,
}

/// What an ID token must match.
#[derive(Debug)]
pub struct Expectations<'a> {
    /// The issuer.
    pub issuer: &'a Issuer,
    /// The audience.
    pub client_id: &'a ClientId,
    /// The nonce that was sent. The comparison uses it up.
    pub nonce: Nonce,
    /// The time by the local clock.
    pub now: UnixTime,
}

/// Why an ID token is refused. The tokens that came with it are discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdTokenRefusal {
    /// `alg` is not RS256, or `crit` has an extension that this page does not support.
    Algorithm,
    /// `aud` is not exactly this application.
    Audience,
    /// `azp` is another application.
    AuthorizedParty,
    /// `exp` is past.
    Expired,
    /// `iss` is not the configured authority's, or does not match `tid`.
    Issuer,
    /// `iat` or `nbf` is in the future.
    NotYetValid,
    /// No key of the authority has its `kid`, or the key may not sign for the issuer.
    UnknownKey,
    /// A refresh returned an ID token of another person.
    AnotherPerson,
    /// The token is not a signed JWT with a key id.
    Malformed,
    /// The response has no ID token.
    Missing,
    /// `nonce` is missing or differs from the one that was sent.
    Nonce,
    /// The signature was not made with that key.
    Signature,
    /// `sub` or `oid` is missing.
    Subject,
    /// `tid` is missing or not a GUID.
    Tenant,
    /// `exp` or `iat` is missing.
    MissingTimes,
    /// `ver` is not 2.0.
    Version,
}

impl fmt::Display for IdTokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the algorithm is not RS256",
            Self::Audience => "aud is not this application",
            Self::AuthorizedParty => "azp is not this application",
            Self::Expired => "exp is past",
            Self::Issuer => "iss is not the configured authority's",
            Self::NotYetValid => "iat or nbf is in the future",
            Self::UnknownKey => "no key of the authority fits it",
            Self::AnotherPerson => "the refresh returned one of another person",
            Self::Malformed => "it is no signed JWT",
            Self::Missing => "missing",
            Self::Nonce => "nonce is not the one that was sent",
            Self::Signature => "the signature is wrong",
            Self::Subject => "sub or oid is missing",
            Self::Tenant => "tid is missing",
            Self::MissingTimes => "exp or iat is missing",
            Self::Version => "ver is not 2.0",
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
    /// Whether the audience is this application and no other.
    fn is(&self, client_id: &ClientId) -> bool {
        match self {
            Self::One(one) => one == client_id.as_str(),
            Self::Many(many) => many.iter().map(String::as_str).eq([client_id.as_str()]),
        }
    }
}

impl UnverifiedIdToken {
    /// Decodes the token, without checking anything that needs a key.
    ///
    /// # Errors
    /// If it is not a JWT signed with RS256 by a key with an id.
    pub fn parse(token: SecretText) -> Result<Self, IdTokenRefusal> {
        let untrusted = UntrustedToken::<Header>::try_from(token.expose()).map_err(|_| IdTokenRefusal::Malformed)?;
        // One algorithm, which this code sets and not the token (RFC 8725 §3.1). No extension of `crit` is supported
        // (RFC 7515 §4.1.11).
        if untrusted.algorithm() != "RS256" || untrusted.header().other_fields.crit.is_some() {
            return Err(IdTokenRefusal::Algorithm);
        }
        // RFC 8725 §3.11: an access token (`at+jwt`) is not an ID token. Entra sends `JWT`, others nothing.
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

    /// The signed text (RFC 7515 §5.1).
    pub fn signing_input(&self) -> &str {
        let token = self.token.expose();
        &token[..token.rfind('.').unwrap_or(0)]
    }

    /// The signature of [`Self::signing_input`].
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The key that must have signed the token: the key with its key id, if it may sign for the issuer.
    pub fn key<'k>(&self, keys: &'k KeySet) -> Option<&'k Key> {
        let Claims { other: OtherClaims { iss, tid, .. }, .. } = &self.claims;
        keys.find(&self.kid, iss.as_deref().unwrap_or_default(), tid.as_deref().unwrap_or_default())
    }

    /// Whether an ID token from a refresh names the person who signed in (OIDC Core §12.2). Nothing else is read from
    /// it, so its signature is not checked. `oid` and `tid` may be missing, because a refresh does not request
    /// `profile`.
    pub fn names_same_person(&self, identity: &Identity, issuer: &Issuer, client_id: &ClientId) -> bool {
        let OtherClaims { iss, aud, sub, oid, tid, .. } = &self.claims.other;
        sub.as_ref() == Some(&identity.subject)
            && oid.as_deref().is_none_or(|oid| oid.parse::<ObjectId>().is_ok_and(|oid| oid == identity.object))
            && tid.as_deref().is_none_or(|tid| tid.parse::<TenantId>().is_ok_and(|tid| tid == identity.tenant))
            && iss.as_deref().is_some_and(|iss| issuer.admits(iss, &identity.tenant))
            && aud.as_ref().is_some_and(|aud| aud.is(client_id))
    }

    /// The token, if its signature was verified.
    ///
    /// # Errors
    /// If `is_valid` is `false`.
    pub fn signature_checked(self, is_valid: bool) -> Result<SignedIdToken, IdTokenRefusal> {
        if is_valid { Ok(SignedIdToken(self.claims)) } else { Err(IdTokenRefusal::Signature) }
    }
}

impl SignedIdToken {
    /// Checks the claims, by the numbers of OIDC Core §3.1.3.7, and Entra's tenant and version.
    ///
    /// # Errors
    /// For the first claim that is wrong.
    pub fn validate(self, expected: Expectations<'_>) -> Result<Identity, IdTokenRefusal> {
        let Claims { exp, iat, nbf, other: claims } = self.0;
        // 2. The issuer is the configured authority's. An authority for many tenants has an issuer for each: it must be
        // that of `tid`.
        let tenant: TenantId = claims.tid.and_then(|tid| tid.parse().ok()).ok_or(IdTokenRefusal::Tenant)?;
        if !claims.iss.is_some_and(|iss| expected.issuer.admits(&iss, &tenant)) {
            return Err(IdTokenRefusal::Issuer);
        }
        // 3. The audience is this application and no other.
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
        // 9., 10. Times, with a tolerance for wrong clocks. They come last: a token with no other fault was just
        // issued, so the local clock is wrong.
        let now = i64::try_from(expected.now.seconds()).unwrap_or(i64::MAX - LEEWAY);
        let (Some(exp), Some(iat)) = (exp, iat) else { return Err(IdTokenRefusal::MissingTimes) };
        if exp <= now - LEEWAY {
            return Err(IdTokenRefusal::Expired);
        }
        if iat > now + LEEWAY || nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
            return Err(IdTokenRefusal::NotYetValid);
        }
        // Names are shown, and the username is stored and sent, too. A username with deceptive characters is dropped
        // (REP-21).
        let name = claims.name.map(|name| peer_text::sanitized_name(&name));
        let username = claims.preferred_username.filter(|name| *name == peer_text::sanitized(name));
        let is_hint = |hint: &String| (1..=1024).contains(&hint.len()) && hint.bytes().all(|b| b.is_ascii_graphic());
        // The hint becomes part of an address, where no JWT may be.
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
