//! JWTs (RFC 7515), signed and verified without a JWT library.
//!
//! The clients under test verify these tokens with such a library. If the emulator used the same one, a defect could
//! cancel out between signing and verifying.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{
        KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, UnparsedPublicKey,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::random::Random;

/// An RSA key of 2048 bits, with its key id.
pub(crate) struct SigningKey {
    kid: String,
    pair: KeyPair,
}

/// Keys in the source code, which therefore protect nothing. A reproducible run uses them, because an RSA key cannot be
/// derived from a seed number.
#[derive(Clone, Copy)]
pub(crate) enum DevelopmentKey {
    Acs,
    EntraFirst,
    EntraSecond,
    /// A key that no key set contains, for forged tokens.
    Stranger,
}

impl DevelopmentKey {
    /// The key in PKCS #8.
    fn der(self) -> &'static [u8] {
        match self {
            Self::Acs => include_bytes!("development_keys/acs.der"),
            Self::EntraFirst => include_bytes!("development_keys/entra_1.der"),
            Self::EntraSecond => include_bytes!("development_keys/entra_2.der"),
            Self::Stranger => include_bytes!("development_keys/stranger.der"),
        }
    }
}

impl SigningKey {
    /// A new key.
    pub(crate) fn generate(random: &Random) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a 2048-bit key can always be generated");
        Self { kid: random.thumbprint("key"), pair }
    }

    /// A key of the source code, with a key id from `random`.
    pub(crate) fn development(which: DevelopmentKey, random: &Random) -> Self {
        let pair = KeyPair::from_pkcs8(which.der()).expect("each file contains a key in PKCS #8");
        let purpose = match which {
            DevelopmentKey::Acs => "key of ACS",
            DevelopmentKey::EntraFirst | DevelopmentKey::EntraSecond => "key",
            DevelopmentKey::Stranger => "forgery",
        };
        Self { kid: random.thumbprint(purpose), pair }
    }

    /// Signs `claims` with RS256, under the header that Entra and ACS both use.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_text(&self.header(), &claims.to_string())
    }

    /// The header that Entra and ACS both use.
    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": "RS256", "kid": self.kid, "x5t": self.kid })
    }

    /// Signs any text as claims, under any header, with RS256.
    pub(crate) fn sign_text(&self, header: &Value, claims: &str) -> String {
        self.sign_by(&RSA_PKCS1_SHA256, header, claims)
    }

    /// Signs with RS512, which Entra does not use, and declares it in the header.
    pub(crate) fn sign_rs512(&self, claims: &Value) -> String {
        let mut header = self.header();
        header["alg"] = "RS512".into();
        self.sign_by(&RSA_PKCS1_SHA512, &header, &claims.to_string())
    }

    fn sign_by(&self, algorithm: &'static dyn RsaEncoding, header: &Value, claims: &str) -> String {
        let signed = format!("{}.{}", segment(header), URL_SAFE_NO_PAD.encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(algorithm, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("the buffer has the length of the modulus");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key as a member of a JWKS. Like Entra's, it has no `alg`, and names the issuer whose tokens it signs.
    pub(crate) fn jwk(&self, issuer: &str) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "issuer": issuer,
        })
    }

    /// Whether this key signed `message` with RS256.
    fn verifies(&self, message: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref());
        key.verify(message.as_bytes(), signature).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The claims of `token` if one of `keys` signed it with RS256. The claims themselves are not checked.
pub(crate) fn verified_claims<'k>(token: &str, keys: impl IntoIterator<Item = &'k SigningKey>) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = parse(header)?;
    // RFC 8725 section 3.1: the verifier decides on the algorithm, not the token.
    if header["alg"] != "RS256" {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = keys.into_iter().find(|key| header["kid"] == key.kid.as_str())?;
    if key.verifies(signed, &signature) { parse(claims) } else { None }
}

/// A token with `alg: none` and no signature, which clients must reject.
pub(crate) fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", segment(&json!({ "typ": "JWT", "alg": "none" })), segment(claims))
}

/// A token signed with HS256, with the public key in PEM as the secret. A client that lets the token choose the
/// algorithm accepts it (RFC 8725 section 2.1).
pub(crate) fn with_public_key_as_secret(key: &SigningKey, claims: &Value) -> String {
    let der: PublicKeyX509Der<'_> = key.pair.public_key().as_der().expect("a public key can always be written");
    let lines: Vec<String> =
        STANDARD.encode(der.as_ref()).as_bytes().chunks(64).map(String::from_utf8_lossy).map(Into::into).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
    let mut header = key.header();
    header["alg"] = "HS256".into();
    let signed = format!("{}.{}", segment(&header), segment(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The same token with one bit of its signature flipped.
pub(crate) fn with_broken_signature(token: &str) -> String {
    let Some((signed, signature)) = token.rsplit_once('.') else { return token.to_owned() };
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    if let Some(byte) = signature.first_mut() {
        *byte ^= 1;
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// `value` as JSON in base64url: a segment of a token.
pub(crate) fn segment(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn parse(segment: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        DevelopmentKey, SigningKey, segment, unsigned, verified_claims, with_broken_signature,
        with_public_key_as_secret,
    };
    use crate::random::Random;

    fn generate() -> SigningKey {
        SigningKey::generate(&Random::system())
    }

    #[test]
    fn verifies_its_own_token() {
        let key = generate();
        let claims = json!({ "oid": "someone" });
        assert_eq!(verified_claims(&key.sign(&claims), [&key]), Some(claims));
    }

    #[test]
    fn rejects_tokens_of_other_keys_algorithms_and_claims() {
        let (key, stranger) = (generate(), generate());
        let claims = json!({ "oid": "someone" });
        let token = key.sign(&claims);
        let signature = &token[token.rfind('.').unwrap()..];
        let other_claims = format!("{}.{}{signature}", token.split('.').next().unwrap(), segment(&json!({})));
        for refused in [
            String::new(),
            "AAD.TOKEN.A1".to_owned(),
            stranger.sign(&claims),
            unsigned(&claims),
            with_public_key_as_secret(&key, &claims),
            key.sign_rs512(&claims),
            with_broken_signature(&token),
            other_claims,
            format!("{token}."),
            format!("{token}="),
        ] {
            assert_eq!(verified_claims(&refused, [&key]), None, "{refused}");
        }
    }

    #[test]
    fn the_development_keys_differ() {
        let random = Random::numbered(1);
        let keys =
            [DevelopmentKey::Acs, DevelopmentKey::EntraFirst, DevelopmentKey::EntraSecond, DevelopmentKey::Stranger];
        let mut moduli = keys.map(|key| SigningKey::development(key, &random).jwk("")["n"].to_string());
        moduli.sort_unstable();
        for two in moduli.windows(2) {
            assert_ne!(two[0], two[1]);
        }
    }

    #[test]
    fn a_published_key_has_the_members_of_entras_keys() {
        let jwk = generate().jwk("http://localhost:8401/{tenantid}/v2.0");
        assert_eq!(jwk["e"], "AQAB");
        assert_eq!(jwk["n"].as_str().map(str::len), Some(342));
        assert_eq!(jwk.get("alg"), None);
    }
}
