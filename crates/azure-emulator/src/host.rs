//! The check of the `Host` header, against DNS rebinding.
//!
//! The listeners are on loopback, but a browser on this machine also runs pages of the internet. In a rebinding attack
//! the host name of such a page resolves to 127.0.0.1, so the page is same-origin with the emulator: its requests need
//! no preflight and have no foreign `Origin`. Only `Host` shows the name of the attacker's site.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, Uri, header::HOST, uri::Authority},
    middleware::{Next, from_fn},
    response::Response,
};
use serde_json::json;

use crate::response;

/// Adds the check to `router`: a request with a `Host` that is not a name or address of loopback gets 421.
pub(crate) fn loopback_only(router: Router) -> Router {
    router.layer(from_fn(check))
}

async fn check(request: Request, next: Next) -> Response {
    if is_for_loopback(request.uri(), request.headers()) {
        next.run(request).await
    } else {
        let error = "unexpected Host: expected localhost, a name below localhost, 127.0.0.1 or [::1]";
        response::json(StatusCode::MISDIRECTED_REQUEST, &json!({ "error": error }))
    }
}

/// A request has exactly one `Host` (RFC 9112 section 3.2). An absolute request target takes precedence over it, so
/// both must be loopback.
fn is_for_loopback(target: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let host = host.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
    host.is_some_and(|host| is_loopback(&host)) && target.authority().is_none_or(is_loopback)
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().to_ascii_lowercase();
    let is_name = host == "localhost" || host.ends_with(".localhost");
    !authority.as_str().contains('@') && (is_name || host == "127.0.0.1" || host == "[::1]")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn is_accepted(target: &'static str, hosts: &[&'static str]) -> bool {
        let headers = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host))).collect();
        is_for_loopback(&Uri::from_static(target), &headers)
    }

    #[test]
    fn accepts_names_and_addresses_of_loopback_with_any_port() {
        // REV-12
        for host in ["localhost", "LocalHost:8401", "app.localhost:1", "a.b.localhost", "127.0.0.1:65535", "[::1]:8401"]
        {
            assert!(is_accepted("/", &[host]), "{host}");
        }
        assert!(is_accepted("http://localhost:8401/", &["localhost:8401"]));
    }

    #[test]
    fn refuses_any_other_host_a_missing_host_and_two_hosts() {
        // REV-12
        for host in [
            "rebind.attacker.example:8401",
            "localhost.attacker.example",
            "127.0.0.1.attacker.example",
            "notlocalhost",
            "localhost@attacker.example",
            "attacker.example@localhost",
            "127.0.0.2",
            "0.0.0.0",
            "[::]",
            "192.168.0.1",
            "localhost, attacker.example",
            "localhost/",
            "",
        ] {
            assert!(!is_accepted("/", &[host]), "{host}");
        }
        assert!(!is_accepted("/", &[]));
        assert!(!is_accepted("/", &["localhost", "localhost"]));
        assert!(!is_accepted("http://attacker.example/", &["localhost"]));
    }
}
