//! The keys of an issuer: RFC 7517, as Entra publishes them.

use std::sync::Arc;

use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::ids::TenantId;
use serde_json::{Value, json};

/// RFC 7518 section 3.3: 2048 bits or more.
const FEWEST_BYTES: usize = 256;

/// A key that may verify RS256.
#[derive(Debug)]
pub(super) struct SigningKey {
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// Whose tokens the key signs. Entra's own member; the tenant stands in it as `{tenantid}` or by its id.
    issuer: Option<String>,
}

/// The keys of one tenant.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Arc<SigningKey>>);

impl KeySet {
    /// `None` if the document is no key set, or has no key that can be used. Keys of other kinds are passed over.
    pub(super) fn parse(document: &[u8]) -> Option<Self> {
        let document: Value = serde_json::from_slice(document).ok()?;
        let keys: Vec<_> =
            document.get("keys")?.as_array()?.iter().filter_map(SigningKey::read).map(Arc::new).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Those that can be used.
    pub(super) fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().map(Arc::as_ref)
    }

    /// The one key of that id. If two have it, neither: which of them signed must not depend on their order.
    pub(super) fn find(&self, id: &str) -> Option<Arc<SigningKey>> {
        let mut same = self.0.iter().filter(|key| key.id == id);
        match (same.next(), same.next()) {
            (Some(key), None) => Some(key.clone()),
            _ => None,
        }
    }
}

impl SigningKey {
    fn read(key: &Value) -> Option<Self> {
        let text = |name| key.get(name).and_then(Value::as_str);
        let absent_or = |name, wanted: &str| key.get(name).is_none_or(|value| value == wanted);
        if text("kty") != Some("RSA") || !absent_or("use", "sig") || !absent_or("alg", "RS256") {
            return None;
        }
        let number = |name| {
            let bytes = URL_SAFE_NO_PAD.decode(text(name)?).ok()?;
            let leading_zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Some(bytes[leading_zeros..].to_vec())
        };
        let (modulus, exponent) = (number("n")?, number("e")?);
        let long_enough = modulus.len() > FEWEST_BYTES || (modulus.len() == FEWEST_BYTES && modulus[0] >= 0x80);
        if !long_enough || exponent.is_empty() {
            return None;
        }
        let issuer = match key.get("issuer") {
            None => None,
            Some(Value::String(issuer)) => Some(issuer.clone()),
            Some(_) => return None,
        };
        Some(Self { id: text("kid")?.to_owned(), modulus, exponent, issuer })
    }

    /// Entra publishes the keys of personal accounts in every tenant's set; this is what keeps them out of it. A key
    /// without an issuer is bound by the address it came from, which is the tenant's.
    pub(super) fn may_sign_for(&self, issuer: &str, tenant: &TenantId) -> bool {
        self.issuer.as_ref().is_none_or(|scope| scope.replace("{tenantid}", tenant.as_str()) == issuer)
    }

    /// Whether the key itself says for whom it speaks.
    pub(super) fn names_its_issuer(&self) -> bool {
        self.issuer.is_some()
    }

    /// As a member of a JWKS.
    pub(super) fn published(&self) -> Value {
        let mut key = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(&self.modulus),
            "e": URL_SAFE_NO_PAD.encode(&self.exponent),
        });
        if let Some(issuer) = &self.issuer {
            key["issuer"] = issuer.as_str().into();
        }
        key
    }

    pub(super) fn components(&self) -> RsaPublicKeyComponents<&[u8]> {
        RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, bytes: usize) -> Value {
        json!({"kty": "RSA", "kid": id, "use": "sig", "n": URL_SAFE_NO_PAD.encode(vec![0xc1; bytes]), "e": "AQAB"})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut key = key("k", 256);
        key[name] = value;
        key
    }

    fn found(keys: &[Value]) -> bool {
        let document = json!({ "keys": keys }).to_string();
        KeySet::parse(document.as_bytes()).is_some_and(|keys| keys.find("k").is_some())
    }

    #[test]
    fn a_key_is_used_only_if_it_is_for_signing_and_strong() {
        // security 71
        assert!(found(&[key("k", 256)]));
        assert!(found(&[json!({"kty": "EC", "kid": "k"}), json!(7), key("k", 512)]));
        for (what, keys) in [
            ("1024 bits", vec![key("k", 128)]),
            (
                "2040 bits in 256 bytes",
                vec![with("n", URL_SAFE_NO_PAD.encode([&[0][..], &[0xc1; 255]].concat()).into())],
            ),
            ("for encryption", vec![with("use", "enc".into())]),
            ("for another algorithm", vec![with("alg", "PS256".into())]),
            ("no RSA key", vec![with("kty", "oct".into())]),
            ("no id", vec![with("kid", Value::Null)]),
            ("no exponent", vec![with("e", "".into())]),
            ("padded", vec![with("e", "AQAB==".into())]),
            ("an issuer that is no text", vec![with("issuer", 7.into())]),
            ("twice the same id", vec![key("k", 256), key("k", 257)]),
            ("none", vec![]),
        ] {
            assert!(!found(&keys), "{what}");
        }
        for document in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
            assert!(KeySet::parse(document.as_bytes()).is_none(), "{document}");
        }
    }

    #[test]
    fn a_key_signs_for_its_own_issuer_only() {
        // security 71
        let tenant = "fab00000-0000-4000-8000-000000000001".parse().unwrap();
        let issuer = format!("https://login.example/{tenant}/v2.0");
        let personal = "https://login.example/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
        for (scope, may) in [
            (Some("https://login.example/{tenantid}/v2.0"), true),
            (Some(issuer.as_str()), true),
            (None, true),
            (Some(personal), false),
            (Some("https://evil.example/{tenantid}/v2.0"), false),
            (Some("{tenantid}"), false),
        ] {
            let read = match scope {
                Some(scope) => SigningKey::read(&with("issuer", scope.into())),
                None => SigningKey::read(&key("k", 256)),
            };
            assert_eq!(read.unwrap().may_sign_for(&issuer, &tenant), may, "{scope:?}");
        }
    }
}
