//! Reads bearer tokens from the header `Authorization` (RFC 6750 section 2.1), and from nowhere else.

use axum::http::{HeaderMap, header::AUTHORIZATION};

/// Why a request has no bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoBearerToken {
    /// The header is missing.
    Absent,
    /// The header is not text.
    NotText,
    /// The header is repeated. A proxy may have checked another one than this service would.
    Repeated,
    /// Another scheme, or no token after the scheme.
    WrongScheme,
}

/// The token of `Authorization: Bearer`, which must occur exactly once.
pub(super) fn bearer_token(headers: &HeaderMap) -> Result<&str, NoBearerToken> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| NoBearerToken::NotText)?,
        (None, _) => return Err(NoBearerToken::Absent),
        (Some(_), Some(_)) => return Err(NoBearerToken::Repeated),
    };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
        _ => Err(NoBearerToken::WrongScheme),
    }
}
