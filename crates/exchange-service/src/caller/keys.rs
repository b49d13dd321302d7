//! The keys of an issuer (RFC 7517), in the forms of Entra and of other issuers.

use std::{collections::BTreeSet, sync::Arc};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::ids::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// RFC 7518 section 3.3: 2048 bits or more.
const MIN_MODULUS_BYTES: usize = 256;

/// A signature algorithm that this service verifies: the asymmetric ones of RFC 7518 section 3.1 that issuers of access
/// tokens use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, the only algorithm of Entra.
    Rs256,
}

impl Algorithm {
    /// The algorithm with this exact name in headers and keys. `None` for any other, among them `none` and every HMAC.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Es256, Self::Ps256, Self::Rs256].into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A key that verifies signatures of one algorithm.
#[derive(Debug)]
pub(super) struct SigningKey {
    id: String,
    algorithm: Algorithm,
    public: PublicKey,
    /// The parsed key, ready for any number of signatures.
    verifier: ParsedPublicKey,
    /// The issuer whose tokens the key signs: a member that only Entra uses, with the tenant as `{tenantid}` or by its
    /// id.
    issuer: Option<String>,
}

#[derive(Debug)]
enum PublicKey {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// A point on P-256, uncompressed: 4, x, y.
    Point(Vec<u8>),
}

/// The usable keys of one issuer.
#[derive(Debug)]
pub(super) struct KeySet(pub(super) Vec<Arc<SigningKey>>);

impl KeySet {
    /// Reads a key set. `None` if the document is not one. Unusable keys are skipped, so the set may be empty.
    pub(super) fn parse(document: &[u8], algorithms: &BTreeSet<Algorithm>) -> Option<Self> {
        let document: Value = serde_json::from_slice(document).ok()?;
        let read = |key| SigningKey::read(key, algorithms).map(Arc::new);
        Some(Self(document.get("keys")?.as_array()?.iter().filter_map(read).collect()))
    }

    /// Whether the set has a key with the same id.
    pub(super) fn has(&self, other: &SigningKey) -> bool {
        self.0.iter().any(|key| key.id == other.id)
    }

    /// The key with this id. `None` if two keys have it, because their order must not decide which one is used.
    pub(super) fn find(&self, id: &str) -> Option<Arc<SigningKey>> {
        let mut same = self.0.iter().filter(|key| key.id == id);
        match (same.next(), same.next()) {
            (Some(key), None) => Some(key.clone()),
            _ => None,
        }
    }
}

impl SigningKey {
    fn read(key: &Value, algorithms: &BTreeSet<Algorithm>) -> Option<Self> {
        // Libraries of some languages write `null` for an absent member (REP-18).
        let member = |name| key.get(name).filter(|value| !value.is_null());
        let text = |name| member(name).and_then(Value::as_str);
        if member("use").is_some_and(|value| value != "sig") {
            return None;
        }
        let bytes = |name| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let (possible, public): (&[Algorithm], _) = match text("kty")? {
            "RSA" => (&[Algorithm::Rs256, Algorithm::Ps256], PublicKey::rsa(&bytes("n")?, &bytes("e")?)?),
            "EC" if text("crv") == Some("P-256") => {
                (&[Algorithm::Es256], PublicKey::point(&bytes("x")?, &bytes("y")?)?)
            }
            _ => return None,
        };
        // One key has one algorithm (RFC 8725 section 3.1). A key without `alg` gets the first configured algorithm of
        // its type.
        let algorithm = match member("alg") {
            Some(name) => Algorithm::named(name.as_str()?).filter(|named| possible.contains(named))?,
            None => *possible.iter().find(|possible| algorithms.contains(possible))?,
        };
        let issuer = match member("issuer") {
            None => None,
            Some(Value::String(issuer)) => Some(issuer.clone()),
            Some(_) => return None,
        };
        let verifier = public.verifier(algorithm)?;
        let key = Self { id: text("kid")?.to_owned(), algorithm, public, verifier, issuer };
        algorithms.contains(&algorithm).then_some(key)
    }

    /// Whether the key may sign for this issuer and tenant. Entra publishes the keys of personal accounts in every
    /// tenant's set, and this check excludes them. A key without an issuer is bound to the tenant by the address that
    /// it was fetched from.
    pub(super) fn may_sign_for(&self, issuer: &str, tenant: &TenantId) -> bool {
        self.issuer.as_ref().is_none_or(|scope| scope.replace("{tenantid}", tenant.as_str()) == issuer)
    }

    /// Whether the key names its issuer.
    pub(super) fn names_its_issuer(&self) -> bool {
        self.issuer.is_some()
    }

    /// Whether the key is valid for all tenants of a cloud.
    pub(super) fn names_every_tenant(&self) -> bool {
        self.issuer.as_ref().is_some_and(|issuer| issuer.contains("{tenantid}"))
    }

    /// Whether the key names this tenant, or no issuer at all.
    pub(super) fn names_no_other_than(&self, tenant: &TenantId) -> bool {
        self.issuer.as_ref().is_none_or(|issuer| issuer.contains(tenant.as_str()))
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key as a member of a JWKS. Only Entra's keys are relayed, and those are RSA keys.
    pub(super) fn published(&self) -> Option<Value> {
        let PublicKey::Rsa { modulus, exponent } = &self.public else { return None };
        let mut key = json!({
            "kty": "RSA", "use": "sig", "alg": self.algorithm.name(), "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent),
        });
        if let Some(issuer) = &self.issuer {
            key["issuer"] = issuer.as_str().into();
        }
        Some(key)
    }

    /// Verifies a signature by the algorithm of this key.
    pub(super) fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify_sig(text, signature).is_ok()
    }
}

impl PublicKey {
    fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let [modulus, exponent] = [modulus, exponent].map(|number| {
            let leading_zeros = number.iter().take_while(|byte| **byte == 0).count();
            number[leading_zeros..].to_vec()
        });
        let long_enough =
            modulus.len() > MIN_MODULUS_BYTES || (modulus.len() == MIN_MODULUS_BYTES && modulus[0] >= 0x80);
        (long_enough && !exponent.is_empty()).then_some(Self::Rsa { modulus, exponent })
    }

    /// `None` for numbers that are not a valid key, such as a point that is not on the curve.
    fn verifier(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        let parsed = match self {
            Self::Rsa { modulus, exponent } => {
                let scheme = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }.to_parsed_public_key(scheme)
            }
            Self::Point(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point),
        };
        parsed.ok()
    }

    /// The point with these coordinates. `None` unless both have the full length (RFC 7518 section 6.2.1.2).
    fn point(x: &[u8], y: &[u8]) -> Option<Self> {
        let full = x.len() == 32 && y.len() == 32;
        full.then(|| Self::Point([&[4], x, y].concat()))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    fn key(id: &str, bytes: usize) -> Value {
        json!({"kty": "RSA", "kid": id, "use": "sig", "n": URL_SAFE_NO_PAD.encode(vec![0xc1; bytes]), "e": "AQAB"})
    }

    fn rs256() -> BTreeSet<Algorithm> {
        BTreeSet::from([Algorithm::Rs256])
    }

    #[test]
    fn a_key_verifies_one_configured_algorithm() {
        // SEC-069, SEC-071
        let all = BTreeSet::from([Algorithm::Es256, Algorithm::Ps256, Algorithm::Rs256]);
        let ps256 = BTreeSet::from([Algorithm::Ps256]);
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let [x, y] = [1..33, 33..65].map(|half| URL_SAFE_NO_PAD.encode(&pair.public_key().as_ref()[half]));
        let point = json!({"kty": "EC", "kid": "k", "crv": "P-256", "x": x, "y": y});
        let changed = |name: &str, value: Value| {
            let mut point = point.clone();
            point[name] = value;
            point
        };
        for (key, wanted, algorithm) in [
            (key("k", 256), &all, Some(Algorithm::Rs256)),
            (key("k", 256), &ps256, Some(Algorithm::Ps256)),
            (with("alg", "PS256".into()), &all, Some(Algorithm::Ps256)),
            (with("alg", "RS256".into()), &ps256, None),
            (with("alg", "ES256".into()), &all, None),
            (with("alg", "HS256".into()), &all, None),
            (with("alg", 7.into()), &all, None),
            (point.clone(), &all, Some(Algorithm::Es256)),
            (point.clone(), &ps256, None),
            (changed("alg", "RS256".into()), &all, None),
            (changed("crv", "P-384".into()), &all, None),
            (changed("x", URL_SAFE_NO_PAD.encode([7; 31]).into()), &all, None),
            (changed("y", Value::Null), &all, None),
            // This point is not on the curve (RFC 7518 section 6.2.1).
            (changed("y", x.as_str().into()), &all, None),
        ] {
            assert_eq!(SigningKey::read(&key, wanted).map(|key| key.algorithm), algorithm, "{key}");
        }
    }

    fn with(name: &str, value: Value) -> Value {
        let mut key = key("k", 256);
        key[name] = value;
        key
    }

    #[test]
    fn treats_a_null_member_as_absent() {
        // REP-18
        let all = BTreeSet::from([Algorithm::Ps256, Algorithm::Rs256]);
        let mut written = key("k", 256);
        for name in ["alg", "use", "key_ops", "issuer", "x5c", "x5t", "x5u", "crv", "x", "d", "anything"] {
            written[name] = Value::Null;
        }
        let read = SigningKey::read(&written, &all).unwrap();
        assert_eq!((read.algorithm, read.issuer.as_deref()), (Algorithm::Rs256, None));
        // A key without one of these members is unusable.
        for name in ["kty", "kid", "n", "e"] {
            assert!(SigningKey::read(&with(name, Value::Null), &all).is_none(), "{name}");
        }
    }

    fn found(keys: &[Value]) -> bool {
        let document = json!({ "keys": keys }).to_string();
        KeySet::parse(document.as_bytes(), &rs256()).is_some_and(|keys| keys.find("k").is_some())
    }

    #[test]
    fn accepts_only_strong_keys_for_signing() {
        // SEC-071
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
            assert!(KeySet::parse(document.as_bytes(), &rs256()).is_none(), "{document}");
        }
    }

    #[test]
    fn a_key_signs_for_its_own_issuer_only() {
        // SEC-071
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
                Some(scope) => SigningKey::read(&with("issuer", scope.into()), &rs256()),
                None => SigningKey::read(&key("k", 256), &rs256()),
            };
            assert_eq!(read.unwrap().may_sign_for(&issuer, &tenant), may, "{scope:?}");
        }
    }
}
