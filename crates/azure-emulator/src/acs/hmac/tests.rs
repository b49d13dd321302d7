use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::check;
use crate::{ACCESS_KEY, acs::acs_error::AcsError};

/// `Sat, 21 Nov 2026 08:00:00 GMT`
const NOW: u64 = 1_795_248_000;
const EMPTY_HASH: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const EXCHANGE: &str = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
const BODY: &str = r#"{"token":"AAD.TOKEN.A1","appId":"2c3e1e83-8fd7-4615-ad2b-b8c1229845ac","userId":"32c0a5db-05ec-78ea-51ab-3f06b329397e"}"#;

/// A request with a signature that Microsoft's SDK computed.
#[derive(Clone)]
struct Signed {
    key: &'static str,
    method: Method,
    uri: &'static str,
    body: &'static str,
    headers: Vec<(&'static str, String)>,
}

impl Signed {
    fn check_at(&self, now: u64) -> Result<(), AcsError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::from_static(name), HeaderValue::try_from(value).unwrap());
        }
        let key = STANDARD.decode(self.key).unwrap();
        check(&key, now, &self.method, &Uri::from_static(self.uri), &headers, self.body.as_bytes())
    }

    fn check(&self) -> Result<(), AcsError> {
        self.check_at(NOW)
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }
}

fn signed(method: Method, host: &str, uri: &'static str, body: &'static str, hash: &str, signature: &str) -> Signed {
    let authorization = format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
    let headers = vec![
        ("x-ms-date", "Sat, 21 Nov 2026 08:00:00 GMT".to_owned()),
        ("host", host.to_owned()),
        ("x-ms-content-sha256", hash.to_owned()),
        ("authorization", authorization),
    ];
    Signed { key: ACCESS_KEY, method, uri, body, headers }
}

fn exchange() -> Signed {
    let hash = "eTXJT8AQ3h4GfUUVvFshoikXZWth6qrps4TDGjVuEYw=";
    let signature = "WzlkBjJrIysEgaY7P5JORQStoDN8ipp4kVw8+HHbflg=";
    signed(Method::POST, "contoso.communication.azure.com", EXCHANGE, BODY, hash, signature)
}

#[test]
fn accepts_signatures_of_microsofts_sdk() {
    let assignments = signed(
        Method::GET,
        "contoso.communication.azure.com",
        "/access/entra/assignments?api-version=2025-03-02-preview",
        "",
        EMPTY_HASH,
        "eJnpgb2JqhlaAgYbThS9r3VJvKlnYJgockbbevBaFHo=",
    );
    let with_port = signed(
        Method::POST,
        "localhost:8443",
        "/identities?api-version=2023-10-01",
        r#"{"createTokenWithScopes":["voip"]}"#,
        "k4k9IoKBLYipoiXK3LctfBcfghISSb6AI45ji7ILZfg=",
        "aZaRwiLiybxloGn3L71tBL6l71XJMOyNbH5cdQ34Pes=",
    );
    let other_key = Signed {
        key: "68810419818922fb0263dd6ee4b9c56537dbad914aa7324a119fce26778a286e",
        ..signed(Method::GET, "example.com", "/", "", EMPTY_HASH, "F0B/WSqUFVzoICfFx/MnnueYEinrN92HAmYojQRCNR4=")
    };
    for request in [exchange(), assignments, with_port, other_key] {
        assert_eq!(request.check(), Ok(()), "{}", request.uri);
    }
}

#[test]
fn accepts_date_instead_of_x_ms_date() {
    // The signature covers the values of the headers, not their names.
    let signature = "WzlkBjJrIysEgaY7P5JORQStoDN8ipp4kVw8+HHbflg=";
    let value = format!("HMAC-SHA256 SignedHeaders=date;host;x-ms-content-sha256&Signature={signature}");
    let request = exchange().with("date", "Sat, 21 Nov 2026 08:00:00 GMT").with("authorization", &value);
    assert_eq!(request.check(), Ok(()));
}

#[test]
fn denies_another_method_path_query_host_or_date() {
    let other = exchange();
    for request in [
        Signed { method: Method::PUT, ..other.clone() },
        Signed { uri: "/teamsUser/:other?api-version=2023-10-01", ..other.clone() },
        Signed { uri: "/teamsUser/:exchangeAccessToken?api-version=2022-06-01", ..other.clone() },
        Signed { uri: "/teamsUser/%3AexchangeAccessToken?api-version=2023-10-01", ..other.clone() },
        other.clone().with("host", "contoso.communication.azure.com:8443"),
        other.clone().with("x-ms-date", "Sat, 21 Nov 2026 08:00:01 GMT"),
        other.clone().with("x-ms-content-sha256", EMPTY_HASH),
    ] {
        assert_eq!(request.check(), Err(AcsError::Denied));
    }
}

#[test]
fn denies_another_key() {
    let request = Signed { key: "68810419818922fb0263dd6ee4b9c56537dbad914aa7324a119fce26778a286e", ..exchange() };
    assert_eq!(request.check(), Err(AcsError::Denied));
}

#[test]
fn rejects_a_body_that_differs_from_the_signed_hash() {
    let request = Signed { body: r#"{"token":"AAD.TOKEN.A1"}"#, ..exchange() };
    assert_eq!(request.check(), Err(AcsError::ContentHashMismatch));
}

#[test]
fn allows_a_clock_difference_of_five_minutes() {
    for now in [NOW - 300, NOW + 300] {
        assert_eq!(exchange().check_at(now), Ok(()));
    }
    for now in [NOW - 301, NOW + 301] {
        assert_eq!(exchange().check_at(now), Err(AcsError::ClockSkew));
    }
}

#[test]
fn denies_other_lists_of_signed_headers() {
    let signature = "WzlkBjJrIysEgaY7P5JORQStoDN8ipp4kVw8+HHbflg=";
    for value in [
        String::new(),
        "Bearer x".to_owned(),
        format!("HMAC-SHA256 SignedHeaders=&Signature={signature}"),
        format!("HMAC-SHA256 SignedHeaders=x-ms-date;host&Signature={signature}"),
        format!("HMAC-SHA256 SignedHeaders=x-ms-date;x-ms-date;x-ms-date&Signature={signature}"),
        format!("HMAC-SHA256 SignedHeaders=host;x-ms-date;x-ms-content-sha256&Signature={signature}"),
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=%".to_owned(),
    ] {
        assert_eq!(exchange().with("authorization", &value).check(), Err(AcsError::Denied), "{value}");
    }
}

#[test]
fn denies_repeated_headers() {
    for name in ["x-ms-date", "host", "authorization"] {
        let mut request = exchange();
        let again = request.headers.iter().find(|(known, _)| *known == name).unwrap().clone();
        request.headers.push(again);
        assert_eq!(request.check(), Err(AcsError::Denied), "{name}");
    }
}
