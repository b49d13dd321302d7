//! Parses B: JWS compact serialization (RFC 7515 section 7.1), strictly.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::ids::ObjectId;
use serde_json::{Map, Value};

use super::{
    keys::{Algorithm, SigningKey},
    reason::Reason,
    unique_json,
};

/// The longest token in bytes, 16 KiB. Entra moves groups out of a token before it gets this long.
const MAX_TOKEN: usize = 16 * 1024;

/// The longest key id. A key id is a thumbprint. It is only compared, and never part of a path, a query or a file name.
const MAX_KEY_ID: usize = 128;

/// A signed token whose signature is not checked yet.
pub(super) struct Jws<'t> {
    signed_text: &'t [u8],
    signature: Vec<u8>,
    algorithm: Algorithm,
    key_id: String,
    unverified: Map<String, Value>,
}

/// The claims of a token with a valid signature of the issuer.
pub(super) struct SignedClaims(Map<String, Value>);

impl<'t> Jws<'t> {
    pub(super) fn parse(token: &'t str) -> Result<Self, Reason> {
        if token.len() > MAX_TOKEN {
            return Err(Reason::TooLong);
        }
        // A JWS has three parts. Five parts are an encrypted token (JWE), which this service does not accept.
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Reason::Malformed);
        };
        let signed_text = &token.as_bytes()[..header.len() + 1 + payload.len()];
        let header = object(header).and_then(well_formed)?;
        let unverified = object(payload)?;
        let signature = bytes(signature)?;

        // The key decides on the algorithm, and the header must agree (RFC 8725 section 3.1): `none`, or an HMAC keyed
        // with the public key, is never tried. `jku`, `jwk`, `x5u` and `x5c` are not read: a token does not bring its
        // own key.
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::named);
        let algorithm = algorithm.ok_or(Reason::AlgorithmNotAllowed)?;
        // `crit` lists extensions that a reader must understand (RFC 7515 section 4.1.11). This service understands
        // none.
        if header.contains_key("crit") {
            return Err(Reason::CriticalHeader);
        }
        // Microsoft Graph's tokens have `nonce`. It means that the signed header differs from the header in the token.
        if header.contains_key("nonce") {
            return Err(Reason::SealedForAnother);
        }
        let key_id = match header.get("kid") {
            Some(Value::String(id)) if (1..=MAX_KEY_ID).contains(&id.len()) => id.clone(),
            _ => return Err(Reason::NoKeyId),
        };
        Ok(Self { signed_text, signature, algorithm, key_id, unverified })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The claims before verification, for the choice of the key and for the log **only**.
    pub(super) fn unverified_claims(&self) -> &Map<String, Value> {
        &self.unverified
    }

    /// The object id before verification, for the log **only**.
    pub(super) fn unverified_object(&self) -> Option<ObjectId> {
        self.unverified.get("oid").and_then(Value::as_str).and_then(|id| id.parse().ok())
    }

    pub(super) fn verify(self, key: &SigningKey) -> Result<SignedClaims, Reason> {
        if key.algorithm() != self.algorithm {
            return Err(Reason::AlgorithmNotAllowed);
        }
        if key.has_signed(self.signed_text, &self.signature) {
            Ok(SignedClaims(self.unverified))
        } else {
            Err(Reason::SignatureWrong)
        }
    }
}

impl SignedClaims {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The token's own id, if its characters are safe in a log.
    pub(super) fn token_id(&self, name: &str) -> Option<String> {
        let id = self.text(name)?;
        let short = (1..=64).contains(&id.len());
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (short && plain).then(|| id.to_owned())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Reason> {
    unique_json::object(&bytes(part)?).ok_or(Reason::Malformed)
}

/// Checks the types of all header parameters of RFC 7515 section 4.1, including those that this service does not use.
fn well_formed(header: Map<String, Value>) -> Result<Map<String, Value>, Reason> {
    let is_good = |(name, value): (&String, &Value)| match name.as_str() {
        "cty" | "jku" | "typ" | "x5t" | "x5t#S256" | "x5u" => value.is_string(),
        "jwk" => value.is_object(),
        "x5c" => value.as_array().is_some_and(|chain| chain.iter().all(Value::is_string)),
        _ => true,
    };
    if header.iter().all(is_good) { Ok(header) } else { Err(Reason::Malformed) }
}

/// Decodes base64url without padding. Unused last bits must be zero, so that a token has a single encoding.
fn bytes(part: &str) -> Result<Vec<u8>, Reason> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Reason::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(header: &str, payload: &[u8], signature: &str) -> Reason {
        let token = format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        Jws::parse(&token).map(|_| ()).unwrap_err()
    }

    #[test]
    fn refuses_any_other_header() {
        // SEC-069, SEC-070
        for (header, reason) in [
            (r#"{"alg":"none","kid":"k"}"#, Reason::AlgorithmNotAllowed),
            (r#"{"alg":"rs256","kid":"k"}"#, Reason::AlgorithmNotAllowed),
            (r#"{"alg":["RS256"],"kid":"k"}"#, Reason::AlgorithmNotAllowed),
            (r#"{"kid":"k"}"#, Reason::AlgorithmNotAllowed),
            (r#"{"alg":"RS256","kid":"k","crit":[]}"#, Reason::CriticalHeader),
            (r#"{"alg":"RS256","kid":"k","nonce":"n"}"#, Reason::SealedForAnother),
            (r#"{"alg":"RS256"}"#, Reason::NoKeyId),
            (r#"{"alg":"RS256","kid":""}"#, Reason::NoKeyId),
            (r#"{"alg":"RS256","kid":7}"#, Reason::NoKeyId),
            (r#"{"alg":"RS256","alg":"RS256","kid":"k"}"#, Reason::Malformed),
            (r#"["RS256"]"#, Reason::Malformed),
            (r#"{"alg":"RS256","kid":"k","typ":7}"#, Reason::Malformed),
            (r#"{"alg":"RS256","kid":"k","x5t":null}"#, Reason::Malformed),
            (r#"{"alg":"RS256","kid":"k","jwk":"x"}"#, Reason::Malformed),
            (r#"{"alg":"RS256","kid":"k","x5c":["x",7]}"#, Reason::Malformed),
        ] {
            assert_eq!(refused(header, b"{}", "AAAA"), reason, "{header}");
        }
    }

    #[test]
    fn refuses_other_encodings_of_the_same_token() {
        // SEC-080
        for signature in ["AA==", "AB", "A", "A A", "+/", "AAAA.AAAA"] {
            assert_eq!(refused(r#"{"alg":"RS256","kid":"k"}"#, b"{}", signature), Reason::Malformed, "{signature}");
        }
        for token in ["", ".", "..", "a.b", "a.b.c.d", "a.b.c.d.e"] {
            assert_eq!(Jws::parse(token).map(|_| ()).unwrap_err(), Reason::Malformed, "{token}");
        }
        assert_eq!(Jws::parse(&"a".repeat(MAX_TOKEN + 1)).map(|_| ()).unwrap_err(), Reason::TooLong);
    }
}
