//! Faults of ID tokens: each violation of OpenID Connect Core section 3.1.3.7 and RFC 8725 that a client must notice.

use serde_json::{Value, json};

use crate::{
    fault::enumeration::faults,
    jwt::{self, DevelopmentKey, SigningKey},
    random::Random,
};

faults! {
    /// The only fault of an otherwise correct ID token.
    IdTokenFault {
        AlgNone "No signature, with alg set to none",
        BadSignature "One bit of the signature is flipped",
        ForeignKey "Signed by an unpublished key, with the key id of a published one",
        UnknownKey "Signed by an unpublished key, with an unpublished key id",
        EmbeddedKey "Signed by an unpublished key, which the header contains as jwk",
        MissingKeyId "No key id in the header",
        Hs256PublicKey "HS256, with the public key in PEM as the secret",
        Rs512 "RS512 with the right key",
        AccessTokenType "typ is at+jwt",
        CriticalHeader "The header marks an unknown parameter as critical",
        DuplicateClaim "aud twice, another client first",
        NotJson "Correctly signed, but the claims are not JSON",
        Expired "Expired an hour ago",
        MissingExpiry "No exp",
        ExpiryText "exp is a string",
        NotYetValid "nbf is ten minutes from now",
        MissingIssuedAt "No iat",
        IssuedInFuture "iat is ten minutes from now",
        MissingIssuer "No iss",
        WrongIssuer "iss is the issuer of another tenant than tid",
        MissingAudience "No aud",
        WrongAudience "aud is another client",
        SecondAudience "aud is a list of this client and another one",
        AudienceList "aud is a list of this client only, which is valid",
        WrongAuthorizedParty "azp is another client",
        MissingNonce "No nonce",
        WrongNonce "A nonce that the client did not send",
        MissingSubject "No sub",
        WrongSubject "Another sub every time",
        MissingObjectId "No oid",
        AnotherPerson "The sub, oid and names of another person",
        MissingTenant "No tid",
        TenantNotGuid "tid is organizations, and so is the tenant in iss",
        WrongTenant "iss and tid are those of another tenant",
        WrongVersion "ver is 1.0",
    }
}

/// A correct ID token before it is signed, and the values that replace its own in a fault.
pub(crate) struct UnsignedIdToken<'t> {
    pub(crate) claims: Value,
    pub(crate) key: &'t SigningKey,
    pub(crate) random: &'t Random,
    /// `oid`, `name` and `preferred_username` of another person of the same tenant, or `null`.
    pub(crate) another_person: Value,
    /// The id of a tenant that the person did not sign in to.
    pub(crate) foreign_tenant: &'static str,
    pub(crate) foreign_issuer: String,
}

/// A client id that is not registered.
const ANOTHER_CLIENT: &str = "bad00000-0000-4000-8000-000000000bad";

const HOUR: u64 = 3600;

const TEN_MINUTES: u64 = 600;

impl IdTokenFault {
    /// The signed token with this fault.
    pub(crate) fn apply(self, token: UnsignedIdToken<'_>) -> String {
        let UnsignedIdToken { mut claims, key, random, another_person, foreign_tenant, foreign_issuer } = token;
        let now = claims["iat"].as_u64().unwrap_or_default();
        let client = claims["aud"].clone();
        match self {
            Self::Expired => {
                claims["exp"] = now.saturating_sub(HOUR).into();
                claims["iat"] = now.saturating_sub(2 * HOUR).into();
                claims["nbf"] = claims["iat"].clone();
            }
            Self::ExpiryText => claims["exp"] = claims["exp"].to_string().into(),
            Self::NotYetValid => claims["nbf"] = (now + TEN_MINUTES).into(),
            Self::IssuedInFuture => claims["iat"] = (now + TEN_MINUTES).into(),
            Self::WrongIssuer => claims["iss"] = foreign_issuer.into(),
            Self::WrongAudience => claims["aud"] = ANOTHER_CLIENT.into(),
            Self::SecondAudience => claims["aud"] = json!([client, ANOTHER_CLIENT]),
            Self::AudienceList => claims["aud"] = json!([client]),
            Self::WrongAuthorizedParty => claims["azp"] = ANOTHER_CLIENT.into(),
            Self::WrongNonce => claims["nonce"] = random.token("forgery").into(),
            Self::WrongSubject => claims["sub"] = random.token("forgery").into(),
            Self::AnotherPerson => {
                if let (Value::Object(claims), Value::Object(other)) = (&mut claims, another_person) {
                    claims.extend(other);
                    claims.insert("sub".to_owned(), random.token("forgery").into());
                }
            }
            Self::TenantNotGuid => {
                let issuer = claims["iss"].as_str().unwrap_or_default();
                claims["iss"] = issuer.replace(claims["tid"].as_str().unwrap_or_default(), "organizations").into();
                claims["tid"] = "organizations".into();
            }
            Self::WrongTenant => {
                claims["iss"] = foreign_issuer.into();
                claims["tid"] = foreign_tenant.into();
            }
            Self::WrongVersion => claims["ver"] = "1.0".into(),
            _ => {
                if let (Some(name), Some(claims)) = (self.removed_claim(), claims.as_object_mut()) {
                    claims.remove(name);
                }
            }
        }
        self.sign(key, &claims, random)
    }

    /// The claim that this fault removes.
    fn removed_claim(self) -> Option<&'static str> {
        Some(match self {
            Self::MissingAudience => "aud",
            Self::MissingExpiry => "exp",
            Self::MissingIssuedAt => "iat",
            Self::MissingIssuer => "iss",
            Self::MissingNonce => "nonce",
            Self::MissingObjectId => "oid",
            Self::MissingSubject => "sub",
            Self::MissingTenant => "tid",
            _ => return None,
        })
    }

    /// Signs `claims`, or breaks the signature or the header if that is the fault.
    fn sign(self, key: &SigningKey, claims: &Value, random: &Random) -> String {
        let mut header = key.header();
        let text = claims.to_string();
        let stranger = || SigningKey::development(DevelopmentKey::Stranger, random);
        match self {
            Self::AlgNone => jwt::unsigned(claims),
            Self::BadSignature => jwt::with_broken_signature(&key.sign(claims)),
            Self::ForeignKey => stranger().sign_text(&header, &text),
            Self::UnknownKey => stranger().sign(claims),
            Self::EmbeddedKey => {
                let stranger = stranger();
                header["jwk"] = stranger.jwk("");
                stranger.sign_text(&header, &text)
            }
            Self::MissingKeyId => key.sign_text(&json!({ "typ": "JWT", "alg": "RS256" }), &text),
            Self::Hs256PublicKey => jwt::with_public_key_as_secret(key, claims),
            Self::Rs512 => key.sign_rs512(claims),
            Self::AccessTokenType => {
                header["typ"] = "at+jwt".into();
                key.sign_text(&header, &text)
            }
            Self::CriticalHeader => {
                header["crit"] = json!(["unknown"]);
                header["unknown"] = true.into();
                key.sign_text(&header, &text)
            }
            Self::DuplicateClaim => {
                key.sign_text(&header, &text.replacen('{', &format!(r#"{{"aud":"{ANOTHER_CLIENT}","#), 1))
            }
            Self::NotJson => key.sign_text(&header, &text[..text.len() - 1]),
            _ => key.sign(claims),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{IdTokenFault, UnsignedIdToken};
    use crate::{
        directory::{CONTOSO, FABRIKAM},
        jwt::{DevelopmentKey, SigningKey, verified_claims},
        random::Random,
    };

    /// The faults whose signature is not valid. All others are signed correctly.
    const WITHOUT_VALID_SIGNATURE: [IdTokenFault; 8] = [
        IdTokenFault::AlgNone,
        IdTokenFault::BadSignature,
        IdTokenFault::ForeignKey,
        IdTokenFault::UnknownKey,
        IdTokenFault::EmbeddedKey,
        IdTokenFault::MissingKeyId,
        IdTokenFault::Hs256PublicKey,
        IdTokenFault::Rs512,
    ];

    #[test]
    fn every_fault_gives_a_different_token_and_only_some_break_the_signature() {
        let random = Random::numbered(1);
        let key = SigningKey::development(DevelopmentKey::EntraFirst, &random);
        let claims = json!({
            "aud": "client", "exp": 5000, "iat": 1000, "iss": format!("https://login.example/{}/v2.0", FABRIKAM.id),
            "nbf": 1000, "name": "A", "nonce": "n", "oid": "o", "preferred_username": "a", "sub": "s",
            "tid": FABRIKAM.id, "ver": "2.0",
        });
        let mut tokens = vec![key.sign(&claims)];
        for (fault, line) in IdTokenFault::ALL {
            let token = fault.apply(UnsignedIdToken {
                claims: claims.clone(),
                key: &key,
                random: &random,
                another_person: json!({ "oid": "p", "name": "B", "preferred_username": "b" }),
                foreign_tenant: CONTOSO.id,
                foreign_issuer: "https://login.example/foreign".to_owned(),
            });
            let read = verified_claims(&token, [&key]);
            let unreadable = WITHOUT_VALID_SIGNATURE.contains(fault) || *fault == IdTokenFault::NotJson;
            assert_eq!(read.is_none(), unreadable, "{line}");
            assert!(!tokens.contains(&token), "{line}");
            tokens.push(token);
        }
    }
}
