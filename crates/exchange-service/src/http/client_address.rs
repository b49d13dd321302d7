//! The address of a client, behind the proxies that the operator trusts.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, HeaderName},
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address. `None` if the request did not come over a connection of [`crate::serve`].
///
/// Each proxy appends the address of the connection that it accepted. With `proxies` trusted proxies, the entry at this
/// position from the end is the first that a trusted proxy wrote. The client can invent all entries before it.
pub(super) fn client_address(headers: &HeaderMap, extensions: &Extensions, proxies: usize) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let forwarded = || {
        // As bytes: the client's entries may not be text, which must not hide the proxy's entry after them.
        let lines: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(|line| line.as_bytes()).collect();
        let lines = lines.join(&b',');
        let entry = lines.rsplit(|&byte| byte == b',').nth(proxies.checked_sub(1)?)?;
        address(str::from_utf8(entry).ok()?.trim())
    };
    // With too few entries, the request bypassed a proxy, and its connection has the client's address.
    Some(forwarded().unwrap_or(peer.ip()))
}

/// Parses an address with or without a port, because Azure's gateways append one.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(lines: &[&str], proxies: usize) -> String {
        let headers = lines.iter().map(|line| (FORWARDED_FOR, line.parse().unwrap())).collect();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
        client_address(&headers, &extensions, proxies).unwrap().to_string()
    }

    #[test]
    fn ignores_x_forwarded_for_without_a_trusted_proxy() {
        // SEC-097
        assert_eq!(from(&["192.0.2.1"], 0), "10.0.0.1");
        assert_eq!(client_address(&HeaderMap::new(), &Extensions::new(), 0), None);
    }

    #[test]
    fn ignores_entries_before_the_trusted_one() {
        // SEC-097
        for (lines, proxies, address) in [
            (vec!["192.0.2.1"], 1, "192.0.2.1"),
            (vec!["8.8.8.8, 192.0.2.1"], 1, "192.0.2.1"),
            (vec!["8.8.8.8", "192.0.2.1"], 1, "192.0.2.1"),
            (vec!["8.8.8.8, 192.0.2.1, 10.0.0.2"], 2, "192.0.2.1"),
            (vec!["192.0.2.1:50000"], 1, "192.0.2.1"),
            (vec!["[2001:db8::1]:50000"], 1, "2001:db8::1"),
            (vec!["2001:db8::1"], 1, "2001:db8::1"),
            // Without a trusted entry, the address of the connection counts.
            (vec![], 1, "10.0.0.1"),
            (vec!["192.0.2.1"], 2, "10.0.0.1"),
            (vec!["192.0.2.1, unknown"], 1, "10.0.0.1"),
            (vec!["192.0.2.1,"], 1, "10.0.0.1"),
        ] {
            assert_eq!(from(&lines, proxies), address, "{lines:?} {proxies}");
        }
    }

    #[test]
    fn reads_the_trusted_entry_after_bytes_that_are_not_text() {
        // SEC-097
        let forwarded = axum::http::HeaderValue::from_bytes(b"\xff, 192.0.2.1").unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
        let headers = HeaderMap::from_iter([(FORWARDED_FOR, forwarded)]);
        assert_eq!(client_address(&headers, &extensions, 1).unwrap().to_string(), "192.0.2.1");
    }
}
