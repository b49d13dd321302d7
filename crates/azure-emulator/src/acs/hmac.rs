//! The signature scheme of ACS: HMAC-SHA256 over method, path and query, date, host and content hash.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use axum::http::{HeaderMap, Method, Uri, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{acs::acs_error::AcsError, date::parse_http_date};

/// The allowed difference between the clocks of client and service.
const MARGIN_SECONDS: u64 = 300;

/// Checks that the access key signed the request. `body` is the whole body, and `now` is in seconds since the Unix
/// epoch.
///
/// # Errors
/// [`AcsError::Denied`] for a missing or wrong signature, [`AcsError::ClockSkew`] and
/// [`AcsError::ContentHashMismatch`].
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
    // The signature covers the hash in the header. This check binds the hash to the body.
    if single(headers, "x-ms-content-sha256") != Some(&STANDARD.encode(digest(&SHA256, body))) {
        return Err(AcsError::ContentHashMismatch);
    }
    Ok(())
}

/// The position of the date among the signed headers.
const DATE: usize = 0;

/// `HMAC-SHA256 SignedHeaders=a;b;c&Signature=…`: the names of the signed headers, and the signature in base64.
///
/// Other lists are rejected, because a shorter one would leave the date or the body unsigned.
fn parse_authorization(value: &str) -> Option<([&str; 3], &str)> {
    let parameters = value.strip_prefix("HMAC-SHA256 SignedHeaders=")?;
    let (names, signature) = parameters.split_once("&Signature=")?;
    let names: [&str; 3] = names.split(';').collect::<Vec<_>>().try_into().ok()?;
    matches!(names, ["x-ms-date" | "date", "host", "x-ms-content-sha256"]).then_some((names, signature))
}

/// The value of a header that occurs exactly once. With two values, signer and verifier could read different ones.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests;
