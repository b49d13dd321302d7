//! Artifact C: the signature by which ACS knows the service.
//!
//! ```text
//! string to sign = VERB \n path?query \n date;host;base64(SHA-256(body))
//! ```

use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};
use contract::UnixTime;
use reqwest::{Method, Url};

use super::access_key::AccessKey;

/// The three headers that authorize one request to ACS. They are valid for the few minutes of clock difference that ACS
/// allows, so their `Debug` hides them.
pub(super) struct AcsAuthorization {
    /// `x-ms-date`
    pub(super) date: String,
    /// `x-ms-content-sha256`
    pub(super) content_hash: String,
    /// `Authorization`
    pub(super) authorization: String,
}

impl AcsAuthorization {
    /// Signs a request. `body` must be the exact bytes that are sent, because ACS hashes what it receives.
    pub(super) fn sign(key: &AccessKey, method: &Method, url: &Url, body: &[u8], now: UnixTime) -> Self {
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(now.seconds().min(LAST_HTTP_DATE)));
        let content_hash = STANDARD.encode(digest::digest(&digest::SHA256, body));
        let path_and_query = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let to_sign = format!("{method}\n{path_and_query}\n{date};{};{content_hash}", host(url));
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), to_sign.as_bytes());
        let authorization = format!(
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={}",
            STANDARD.encode(signature)
        );
        Self { date, content_hash, authorization }
    }
}

/// 9999-12-31T23:59:59Z: an HTTP date has a year of four digits.
const LAST_HTTP_DATE: u64 = 253_402_300_799;

/// The value of the header `Host`: with the port, unless it is the default of the scheme.
fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T08:00:00Z
    const NOW: UnixTime = UnixTime::from_seconds(1_795_248_000);
    const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const BYTES_0_TO_63: &str =
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

    fn sign(key: &str, method: Method, url: &str, body: &str) -> AcsAuthorization {
        let key = AccessKey::from_base64(key).unwrap();
        AcsAuthorization::sign(&key, &method, &Url::parse(url).unwrap(), body.as_bytes(), NOW)
    }

    /// The expected values were made with Microsoft's SDK and a fixed clock.
    #[test]
    fn makes_the_same_signature_as_microsofts_sdk() {
        // SEC-105
        let exchange = "https://contoso.communication.azure.com/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
        let a1 = r#"{"token":"AAD.TOKEN.A1","appId":"2c3e1e83-8fd7-4615-ad2b-b8c1229845ac","userId":"32c0a5db-05ec-78ea-51ab-3f06b329397e"}"#;
        let assignments =
            "https://contoso.communication.azure.com/access/entra/assignments?api-version=2025-03-02-preview";
        let identities = "https://localhost:8443/identities?api-version=2023-10-01";
        let voip = r#"{"createTokenWithScopes":["voip"]}"#;
        let sdk_test_key = "68810419818922fb0263dd6ee4b9c56537dbad914aa7324a119fce26778a286e";
        let (a1_hash, voip_hash) =
            ("eTXJT8AQ3h4GfUUVvFshoikXZWth6qrps4TDGjVuEYw=", "k4k9IoKBLYipoiXK3LctfBcfghISSb6AI45ji7ILZfg=");
        for (key, method, url, body, content_hash, signature) in [
            (BYTES_0_TO_63, Method::POST, exchange, a1, a1_hash, "WzlkBjJrIysEgaY7P5JORQStoDN8ipp4kVw8+HHbflg="),
            (BYTES_0_TO_63, Method::GET, assignments, "", EMPTY, "eJnpgb2JqhlaAgYbThS9r3VJvKlnYJgockbbevBaFHo="),
            (BYTES_0_TO_63, Method::POST, identities, voip, voip_hash, "aZaRwiLiybxloGn3L71tBL6l71XJMOyNbH5cdQ34Pes="),
            (
                sdk_test_key,
                Method::GET,
                "https://example.com/",
                "",
                EMPTY,
                "F0B/WSqUFVzoICfFx/MnnueYEinrN92HAmYojQRCNR4=",
            ),
        ] {
            let signed = sign(key, method, url, body);
            assert_eq!(signed.date, "Sat, 21 Nov 2026 08:00:00 GMT");
            assert_eq!(signed.content_hash, content_hash, "{url}");
            assert_eq!(
                signed.authorization,
                format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"),
                "{url}"
            );
        }
    }

    #[test]
    fn a_change_of_any_signed_part_changes_the_signature() {
        // SEC-105
        let url = "https://r.example/a?b=c";
        let good = sign(BYTES_0_TO_63, Method::POST, url, "body").authorization;
        for other in [
            sign(BYTES_0_TO_63, Method::PUT, url, "body"),
            sign(BYTES_0_TO_63, Method::POST, "https://s.example/a?b=c", "body"),
            sign(BYTES_0_TO_63, Method::POST, "https://r.example:8443/a?b=c", "body"),
            sign(BYTES_0_TO_63, Method::POST, "https://r.example/a", "body"),
            sign(BYTES_0_TO_63, Method::POST, "https://r.example/a?b=d", "body"),
            sign(BYTES_0_TO_63, Method::POST, url, "bodY"),
            sign(&BYTES_0_TO_63.replace("AAEC", "BAEC"), Method::POST, url, "body"),
        ] {
            assert_ne!(other.authorization, good);
        }
    }
}
