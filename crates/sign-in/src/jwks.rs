//! The authority's keys (RFC 7517) that can verify an ID token.

use contract::search;
use messages::json::{self, Json, Malformed};
use serde::Serialize;

/// The keys of one authority that can verify RS256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet(Vec<Key>);

/// One RSA key, as WebCrypto imports it.
///
/// ```json
/// { "kty": "RSA", "use": "sig", "kid": "k1", "n": "0vx7…", "e": "AQAB",
///   "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    kty: String,
    /// Modulus, base64url.
    n: String,
    /// Exponent, base64url.
    e: String,
    kid: String,
    usage: Option<String>,
    /// The issuer whose tokens the key may sign. Entra's keys have it, as an issuer or as a template with `{tenantid}`.
    issuer: Option<String>,
}

impl KeySet {
    /// Reads a key set and ignores keys of other kinds (RFC 7517 §5). `None` if the text is not a key set.
    pub fn parse(json: &str) -> Option<Self> {
        let mut document = json::read_members(json, &["keys"]).ok()?;
        let Json::List(keys) = document.take("keys") else { return None };
        document.finish().ok()?;
        let fit = keys.into_iter().filter_map(|key| Key::from_json(key).ok()).filter(Key::is_suitable);
        Some(Self(fit.collect()))
    }

    /// The key with this id that may sign for this issuer. A relay may list one key once for each tenant. Two keys with
    /// one id for one issuer are ambiguous, so they count as no key.
    pub fn find(&self, kid: &str, iss: &str, tenant: &str) -> Option<&Key> {
        let mut found = self.0.iter().filter(|key| key.kid == kid && key.may_sign_for(iss, tenant));
        match (found.next(), found.next()) {
            (Some(key), None) => Some(key),
            _ => None,
        }
    }
}

impl Key {
    fn from_json(key: Json) -> Result<Self, Malformed> {
        let mut key = key.into_object();
        let read = Self {
            kty: key.text("kty"),
            n: key.text("n"),
            e: key.text("e"),
            kid: key.text("kid"),
            usage: key.optional_text("use"),
            issuer: key.optional_text("issuer"),
        };
        key.finish().map(|()| read)
    }

    /// RSA of at least 2048 bits (342 characters are 256 bytes), for signatures.
    fn is_suitable(&self) -> bool {
        self.kty == "RSA"
            && self.usage.as_deref().is_none_or(|u| u == "sig")
            && self.n.len() >= 342
            && !self.e.is_empty()
    }

    /// Whether the key may sign for the token's issuer ("Validate the signing key issuer" of Entra's documentation).
    fn may_sign_for(&self, iss: &str, tenant: &str) -> bool {
        self.issuer.as_ref().is_none_or(|issuer| search::replace(issuer, "{tenantid}", tenant) == iss)
    }

    /// The JSON Web Key for WebCrypto.
    pub fn to_jwk(&self) -> String {
        #[derive(Serialize)]
        struct Jwk<'a> {
            kty: &'a str,
            n: &'a str,
            e: &'a str,
            alg: &'a str,
            #[serde(rename = "use")]
            usage: &'a str,
        }
        json::write(&Jwk { kty: "RSA", n: &self.n, e: &self.e, alg: "RS256", usage: "sig" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str, change: &str) -> String {
        format!(r#"{{"kty":"RSA","use":"sig","kid":"{kid}","e":"AQAB","n":"{}"{change}}}"#, "a".repeat(342))
    }

    #[test]
    fn unsuitable_keys_are_ignored() {
        // SEC-071
        let small = key("small", "").replace(&"a".repeat(342), &"a".repeat(171));
        let enc = key("enc", "").replace("sig", "enc");
        let ec = r#"{"kty":"EC","kid":"ec","crv":"P-256","x":"a","y":"b"}"#;
        let keys = KeySet::parse(&format!(
            r#"{{"keys":[{small},{enc},{ec},{},{},{}]}}"#,
            key("a", ""),
            key("twice", ""),
            key("twice", "")
        ))
        .unwrap();
        assert!(keys.find("a", "", "").is_some());
        for kid in ["small", "enc", "ec", "twice", "b"] {
            assert!(keys.find(kid, "", "").is_none(), "{kid}");
        }
    }

    #[test]
    fn treats_a_null_member_as_absent() {
        // REP-18
        let nulls = r#","alg":null,"key_ops":null,"issuer":null,"x5c":null,"x5t":null,"x5u":null"#;
        let written = key("a", nulls).replace(r#""sig""#, "null");
        let nameless = key("b", "").replace(r#""b""#, "null");
        let keys = KeySet::parse(&format!(r#"{{"keys":[{nameless},{written}]}}"#)).unwrap();
        assert!(keys.find("a", "https://l.example/1/v2.0", "1").is_some());
        assert_eq!(keys.0.len(), 1);
    }

    #[test]
    fn a_key_signs_for_its_issuer_only_and_may_be_listed_for_several() {
        let of = |kid: &str, issuer: &str| key(kid, &format!(r#","issuer":"https://l.example/{issuer}/v2.0""#));
        let all = [of("any", "{tenantid}"), of("one", "1"), of("both", "1"), of("both", "2")].join(",");
        let keys = KeySet::parse(&format!(r#"{{"keys":[{all}]}}"#)).unwrap();
        let found =
            |kid: &str, tenant: &str| keys.find(kid, &format!("https://l.example/{tenant}/v2.0"), tenant).is_some();
        assert!(found("any", "1"));
        assert!(found("any", "2"));
        assert!(found("one", "1"));
        assert!(found("both", "1"));
        assert!(found("both", "2"));
        assert!(!found("one", "2"));
        assert!(!found("both", "3"));
    }

    #[test]
    fn a_text_that_is_not_a_key_set_is_refused() {
        for bad in ["", "{}", "[]", r#"{"keys":1}"#] {
            assert_eq!(KeySet::parse(bad), None);
        }
    }
}
