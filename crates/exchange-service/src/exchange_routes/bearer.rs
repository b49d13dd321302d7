//! Where B stands in a request, and where it must not.

use axum::http::{HeaderMap, Uri, header::AUTHORIZATION};
use protocol::secret::CallerToken;

use crate::caller::Reason;

/// RFC 6750 section 2.1, and only it: a token in a query ends up in logs.
pub(super) fn caller_token(uri: &Uri, headers: &HeaderMap) -> Result<CallerToken, Reason> {
    if uri.query().is_some_and(|query| query.contains("access_token")) {
        return Err(Reason::InQuery);
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Reason::Malformed)?,
        (None, _) => return Err(Reason::Absent),
        // A proxy may have checked the other one.
        (Some(_), Some(_)) => return Err(Reason::Repeated),
    };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(CallerToken::new(token.to_owned())),
        _ => Err(Reason::WrongScheme),
    }
}
