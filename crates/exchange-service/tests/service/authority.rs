//! The issuer of B: its signing key, members of its key set, and valid and invalid tokens.

use std::sync::OnceLock;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
        RsaEncoding, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub(crate) const FABRIKAM: &str = "fab00000-0000-4000-8000-000000000001";
pub(crate) const CONTOSO: &str = "c0700000-0000-4000-8000-000000000002";
pub(crate) const STRANGER: &str = "57a00000-0000-4000-8000-000000000003";
pub(crate) const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
pub(crate) const PAGE: &str = "acc00000-0000-4000-8000-000000000010";
pub(crate) const API: &str = "e8c00000-0000-4000-8000-000000000020";
pub(crate) const PERSON: &str = "32c0a5db-05ec-78ea-51ab-3f06b329397e";

/// 2026-11-21T08:00:00Z
pub(crate) const NOW: u64 = 1_795_248_000;

/// The issuer's signing key. One for the process, because generating RSA keys is slow.
pub(crate) fn key() -> &'static RsaKeyPair {
    static KEY: OnceLock<RsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
}

/// A key that no issuer publishes.
pub(crate) fn forgers_key() -> &'static RsaKeyPair {
    static KEY: OnceLock<RsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
}

/// A member of a key set (RFC 7517).
pub(crate) fn jwk(id: &str, key: &RsaKeyPair, issuer: &str) -> Value {
    let public = key.public_key();
    json!({
        "kty": "RSA", "use": "sig", "kid": id, "issuer": issuer,
        "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
    })
}

/// A token under construction: valid and of Fabrikam, until a test changes it.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl Token {
    pub(crate) fn good(authority: &str) -> Self {
        Self {
            header: json!({"typ": "JWT", "alg": "RS256", "kid": "key-1"}),
            claims: json!({
                "aud": API, "iss": format!("{authority}/{FABRIKAM}/v2.0"), "tid": FABRIKAM, "oid": PERSON,
                "iat": NOW - 300, "nbf": NOW - 300, "exp": NOW + 3600, "ver": "2.0", "scp": "access_as_user",
                "azp": PAGE, "azpacr": "0", "sub": "pairwise", "uti": "uti", "name": "Megan",
                "preferred_username": "megan@fabrikam.example",
            }),
        }
    }

    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn sign(&self) -> String {
        self.sign_with(key(), &RSA_PKCS1_SHA256)
    }

    pub(crate) fn sign_with(&self, key: &RsaKeyPair, scheme: &'static dyn RsaEncoding) -> String {
        sign_raw(&self.header.to_string(), self.claims.to_string().as_bytes(), |text| rsa(key, scheme, text))
    }
}

/// Signs any bytes as claims, also what is not well-formed JSON.
pub(crate) fn sign_raw(header: &str, claims: &[u8], signature: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = signature(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn rs256(text: &[u8]) -> Vec<u8> {
    rsa(key(), &RSA_PKCS1_SHA256, text)
}

pub(crate) fn ps256(text: &[u8]) -> Vec<u8> {
    rsa(key(), &RSA_PSS_SHA256, text)
}

pub(crate) fn rs512(text: &[u8]) -> Vec<u8> {
    rsa(key(), &RSA_PKCS1_SHA512, text)
}

pub(crate) fn es256(text: &[u8]) -> Vec<u8> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    key.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec()
}

/// RFC 8725 section 2.1: an HMAC whose key is the public key.
pub(crate) fn hs256_with_the_public_key(text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key().public_key().as_ref()), text).as_ref().to_vec()
}

fn rsa(key: &RsaKeyPair, scheme: &'static dyn RsaEncoding, text: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(scheme, &SystemRandom::new(), text, &mut signature).unwrap();
    signature
}
