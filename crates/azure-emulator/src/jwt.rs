//! JWTs by hand (RFC 7515, RS256 only): what the clients judge must not be made by the library they judge it with.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::random;

/// An RSA key of 2048 bits with the name it is published under.
pub(crate) struct SigningKey {
    kid: String,
    pair: KeyPair,
}

impl SigningKey {
    pub(crate) fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a 2048-bit key can always be generated");
        Self { kid: random::thumbprint(), pair }
    }

    /// Signs `claims`, in the header that Entra and ACS both use.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.kid, "x5t": self.kid });
        let signed = format!("{}.{}", segment(&header), segment(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("the buffer has the length of the modulus");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public half for a JWKS. Entra leaves `alg` out and adds the issuer that the key may vouch for.
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

    fn signed(&self, message: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref());
        key.verify(message.as_bytes(), signature).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The claims of `token` if one of `keys` signed it with RS256. Nothing but the signature is judged.
pub(crate) fn verified_claims<'k>(token: &str, keys: impl IntoIterator<Item = &'k SigningKey>) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = parse(header)?;
    // RFC 8725 section 3.1: the algorithm is ours to name, not the token's.
    if header["alg"] != "RS256" {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = keys.into_iter().find(|key| header["kid"] == key.kid.as_str())?;
    if key.signed(signed, &signature) { parse(claims) } else { None }
}

/// A token with `alg: none` and no signature: a fault that clients must notice.
pub(crate) fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", segment(&json!({ "typ": "JWT", "alg": "none" })), segment(claims))
}

/// The same token with its claims as they were and one bit of its signature turned.
pub(crate) fn with_broken_signature(token: &str) -> String {
    let Some((signed, signature)) = token.rsplit_once('.') else { return token.to_owned() };
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    if let Some(byte) = signature.first_mut() {
        *byte ^= 1;
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// `value` as base64url JSON.
pub(crate) fn segment(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn parse(segment: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{SigningKey, segment, unsigned, verified_claims, with_broken_signature};

    #[test]
    fn a_signed_token_reads_back() {
        let key = SigningKey::generate();
        let claims = json!({ "oid": "someone" });
        assert_eq!(verified_claims(&key.sign(&claims), [&key]), Some(claims));
    }

    #[test]
    fn nothing_else_reads_back() {
        let (key, stranger) = (SigningKey::generate(), SigningKey::generate());
        let claims = json!({ "oid": "someone" });
        let token = key.sign(&claims);
        let signature = &token[token.rfind('.').unwrap()..];
        let other_claims = format!("{}.{}{signature}", token.split('.').next().unwrap(), segment(&json!({})));
        for refused in [
            String::new(),
            "AAD.TOKEN.A1".to_owned(),
            stranger.sign(&claims),
            unsigned(&claims),
            with_broken_signature(&token),
            other_claims,
            format!("{token}."),
            format!("{token}="),
        ] {
            assert_eq!(verified_claims(&refused, [&key]), None, "{refused}");
        }
    }

    #[test]
    fn a_published_key_has_entras_members() {
        let jwk = SigningKey::generate().jwk("http://localhost:8401/{tenantid}/v2.0");
        assert_eq!(jwk["e"], "AQAB");
        assert_eq!(jwk["n"].as_str().map(str::len), Some(342));
        assert!(jwk.get("alg").is_none());
    }
}
