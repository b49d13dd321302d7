//! By which names the listeners answer.
//!
//! They are reached from this machine alone, but a browser on it runs strangers' pages. With DNS rebinding a stranger's host
//! name resolves to 127.0.0.1, and its page is same-origin with the emulator: no preflight, no `Origin` of another site. The
//! name in `Host` is what gives it away.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, Uri, header::HOST, uri::Authority},
    middleware::{Next, from_fn},
    response::Response,
};
use serde_json::json;

use crate::reply;

/// The same routes, for requests to this machine's own names alone.
pub(crate) fn of_this_machine(router: Router) -> Router {
    router.layer(from_fn(check))
}

async fn check(request: Request, next: Next) -> Response {
    if is_addressed_to_this_machine(request.uri(), request.headers()) {
        next.run(request).await
    } else {
        let error = "unexpected Host: expected localhost, a name below localhost, 127.0.0.1 or [::1]";
        reply::json(StatusCode::MISDIRECTED_REQUEST, &json!({ "error": error }))
    }
}

/// HTTP/1.1 wants exactly one `Host` (RFC 9112 section 3.2); an absolute request target may name another, and counts then.
fn is_addressed_to_this_machine(target: &Uri, headers: &HeaderMap) -> bool {
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

    fn is_ours(target: &'static str, hosts: &[&'static str]) -> bool {
        let headers = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host))).collect();
        is_addressed_to_this_machine(&Uri::from_static(target), &headers)
    }

    #[test]
    fn names_and_addresses_of_loopback_are_accepted_with_any_port() {
        // REV-12
        for host in ["localhost", "LocalHost:8401", "app.localhost:1", "a.b.localhost", "127.0.0.1:65535", "[::1]:8401"]
        {
            assert!(is_ours("/", &[host]), "{host}");
        }
        assert!(is_ours("http://localhost:8401/", &["localhost:8401"]));
    }

    #[test]
    fn any_other_host_is_refused_and_so_are_none_and_two() {
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
            assert!(!is_ours("/", &[host]), "{host}");
        }
        assert!(!is_ours("/", &[]));
        assert!(!is_ours("/", &["localhost", "localhost"]));
        assert!(!is_ours("http://attacker.example/", &["localhost"]));
    }
}
