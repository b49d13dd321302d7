//! ACS's HMAC-SHA256 scheme over verb, path and query, date, host and content hash.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use axum::http::{HeaderMap, Method, Uri, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{acs::acs_error::AcsError, date::parse_http_date};

/// How far the client's clock may be off.
const MARGIN_SECONDS: u64 = 300;

/// Refuses what the access key did not sign. `body` is every byte that came.
pub(crate) fn check(
    access_key: &[u8],
    now: u64,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), AcsError> {
    let authorization = single(headers, AUTHORIZATION.as_str()).ok_or(AcsError::Denied)?;
    let (signed_headers, signature) = parse_authorization(authorization).ok_or(AcsError::Denied)?;
    let values: Option<Vec<&str>> = signed_headers.iter().map(|name| single(headers, name)).collect();
    let path_and_query = uri.path_and_query().map_or("/", |sent| sent.as_str());
    let signed = format!("{method}\n{path_and_query}\n{}", values.ok_or(AcsError::Denied)?.join(";"));
    let signature = STANDARD.decode(signature).map_err(|_| AcsError::Denied)?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, access_key), signed.as_bytes(), &signature)
        .map_err(|_| AcsError::Denied)?;

    let date = single(headers, signed_headers[DATE]).and_then(parse_http_date).ok_or(AcsError::Denied)?;
    if date.abs_diff(now) > MARGIN_SECONDS {
        return Err(AcsError::ClockSkew);
    }
    // The signature vouches for the hash in the header; only this makes the hash vouch for the body.
    if single(headers, "x-ms-content-sha256") != Some(&STANDARD.encode(digest(&SHA256, body))) {
        return Err(AcsError::ContentHashMismatch);
    }
    Ok(())
}

const DATE: usize = 0;

/// `HMAC-SHA256 SignedHeaders=a;b;c&Signature=…`: the names of the signed headers, and the signature in base64.
///
/// A shorter list would leave the date or the body unsigned, so only these are taken.
fn parse_authorization(value: &str) -> Option<([&str; 3], &str)> {
    let parameters = value.strip_prefix("HMAC-SHA256 SignedHeaders=")?;
    let (names, signature) = parameters.split_once("&Signature=")?;
    let names: [&str; 3] = names.split(';').collect::<Vec<_>>().try_into().ok()?;
    matches!(names, ["x-ms-date" | "date", "host", "x-ms-content-sha256"]).then_some((names, signature))
}

/// A header that came exactly once: of two, another reader might believe the other.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests;
