//! CORS: the header `Origin`, preflights, and Fetch Metadata, with which a browser says where a request comes from.

use std::collections::BTreeSet;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, ORIGIN,
    },
};
use contract::exchange::ExchangeProblemCode;

use super::problem_details::Problem;

/// The page that a request comes from.
pub(super) enum Origin {
    /// No `Origin`: not a cross-origin request of a browser. The token alone decides.
    None,
    Allowed(HeaderValue),
    Foreign,
}

impl Origin {
    /// Compares `Origin` with the configured origins, byte by byte. A repeated header is foreign.
    pub(super) fn of(headers: &HeaderMap, allowed: &BTreeSet<String>) -> Self {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => Self::None,
            (Some(one), None) if one.to_str().is_ok_and(|origin| allowed.contains(origin)) => {
                Self::Allowed(one.clone())
            }
            _ => Self::Foreign,
        }
    }

    /// Lets an allowed page read the response.
    pub(super) fn expose(self, headers: &mut HeaderMap) {
        if let Self::Allowed(origin) = self {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = HeaderValue::from_static("retry-after, www-authenticate, x-correlation-id");
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// Refuses a request without `Origin`. A form needs no preflight, so where a form is accepted, only this header
/// distinguishes the page from another one. The middleware has already refused foreign origins.
pub(super) fn require_origin(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(ORIGIN) { Ok(()) } else { Err(ExchangeProblemCode::OriginNotAllowed.into()) }
}

/// Whether a page of another site, or of another origin of the same site, caused this request by an image, a script, a
/// frame or a link. Browsers send no `Origin` for these, but always send Fetch Metadata, which no page can suppress
/// (W3C). Servers and tools send none.
pub(super) fn is_from_another_page(headers: &HeaderMap) -> bool {
    let is_page = |site: &str| matches!(site, "cross-site" | "same-site");
    !headers.contains_key(ORIGIN)
        && headers.get_all("sec-fetch-site").iter().any(|site| site.to_str().is_ok_and(is_page))
}

/// A response to preflights. The middleware has already checked the origin.
pub(super) type Preflight = (StatusCode, [(HeaderName, &'static str); 4]);

/// `GET` is the [warm-up](super::exchange_routes::warm_up). Browsers keep this answer for the address, so all headers of
/// the exchange are in it.
pub(super) const PREFLIGHT_OF_EXCHANGE: Preflight = preflight("GET, POST, OPTIONS", "GET, POST", ASKED_HEADERS);
pub(super) const PREFLIGHT_OF_POST: Preflight = preflight("POST, OPTIONS", "POST", ASKED_HEADERS);
pub(super) const PREFLIGHT_OF_MAILBOX: Preflight =
    preflight("GET, POST, DELETE, OPTIONS", "GET, POST, DELETE", ASKED_HEADERS);
/// For the route with A1 in a header.
pub(super) const PREFLIGHT_OF_GET: Preflight =
    preflight("GET, OPTIONS", "GET", "authorization, teams-user-aad-token, traceparent, x-correlation-id");

const ASKED_HEADERS: &str = "authorization, content-type, traceparent, x-correlation-id";

const fn preflight(allow: &'static str, methods: &'static str, asked_headers: &'static str) -> Preflight {
    let headers = [
        (ALLOW, allow),
        (ACCESS_CONTROL_ALLOW_METHODS, methods),
        (ACCESS_CONTROL_ALLOW_HEADERS, asked_headers),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers)
}
