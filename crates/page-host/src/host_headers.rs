use crate::{Header, HeaderProfile};

/// What a host sends: the profile of each file, and what belongs to the connection.
#[derive(Debug, Clone)]
pub struct HostHeaders {
    profile: HeaderProfile,
    transport_security: Option<&'static str>,
}

/// For which names `Strict-Transport-Security` forbids plain http.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TransportSecurity {
    /// The page's host and the names below it, of which there should be none.
    #[default]
    Subdomains,
    /// The page's host only.
    Host,
}

impl HostHeaders {
    /// The headers of a host at this origin. Over plain http, which is for loopback only, browsers ignore
    /// `Strict-Transport-Security` (RFC 6797 §7.2).
    pub fn new(profile: HeaderProfile, origin: &str, scope: TransportSecurity) -> Self {
        let transport_security = origin.starts_with("https://").then_some(match scope {
            TransportSecurity::Subdomains => "max-age=63072000; includeSubDomains",
            TransportSecurity::Host => "max-age=63072000",
        });
        Self { profile, transport_security }
    }

    /// The headers of a file that exists.
    pub fn for_file(&self, path: &str) -> Vec<Header> {
        let mut headers = self.profile.headers(path);
        headers.extend(self.transport_security.map(|value| ("strict-transport-security", value.to_owned())));
        headers
    }

    /// The headers of every other response, errors and redirects included, whatever its path. A missing file of the
    /// vault must not be cached for a year, and an error document needs no access to the exchange service.
    pub fn for_error(&self) -> Vec<Header> {
        self.for_file("/404.html")
    }
}
