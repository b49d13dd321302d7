//! The URLs that the configuration and a discovery document may contain: absolute, plain, over TLS.

use contract::search;

/// An absolute URL without user, query and fragment; `https`, or `http` on loopback for development.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    origin_len: usize,
}

/// Why a text is not an [`Address`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressError {
    /// The port is written although it is the default of the scheme.
    DefaultPort,
    /// The scheme or the host is missing.
    NotAbsolute,
    /// `http` to a host that is not loopback, or another scheme.
    NotSecure,
    /// User, query, fragment, a dot segment, or a character that no address needs.
    NotPlain,
}

impl AddressError {
    /// What the text must be.
    pub fn reason(self) -> &'static str {
        match self {
            Self::DefaultPort => "must not name the default port",
            Self::NotAbsolute => "must be an absolute URL with a host, such as https://example.com/",
            Self::NotSecure => "must begin with https:// (or http:// on localhost)",
            Self::NotPlain => "must have neither user, query, fragment, dot segments nor unusual characters",
        }
    }
}

impl Address {
    /// Parses strictly: a text that browsers would silently correct is an error, so that two readers cannot differ.
    ///
    /// # Errors
    /// For the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = search::split_once(text, "://").ok_or(AddressError::NotAbsolute)?;
        let (authority, path) = rest.find('/').and_then(|slash| rest.split_at_checked(slash)).unwrap_or((rest, "/"));
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        if host.is_empty() {
            return Err(AddressError::NotAbsolute);
        }
        let plain_host = host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
        let plain_port = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|n| n != 0 && n.to_string() == p));
        let plain_path = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~:{}".contains(&b))
            && !path.split('/').any(|segment| segment == "." || segment == "..");
        if !(plain_host && plain_port && plain_path) {
            return Err(AddressError::NotPlain);
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(host) => {}
            _ => return Err(AddressError::NotSecure),
        }
        // Browsers leave a default port out of an origin.
        if matches!((scheme, port), ("https", Some("443")) | ("http", Some("80"))) {
            return Err(AddressError::DefaultPort);
        }
        let origin = format!("{scheme}://{authority}");
        Ok(Self { origin_len: origin.len(), text: origin + path })
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port, as browsers write an origin.
    pub fn origin(&self) -> &str {
        self.text.get(..self.origin_len).unwrap_or_default()
    }

    /// Host without port.
    pub fn host(&self) -> &str {
        let host = search::split_once(self.origin(), "://").map_or("", |(_, host)| host);
        host.split(':').next().unwrap_or(host)
    }

    /// The path, with its leading slash.
    pub fn path(&self) -> &str {
        self.text.get(self.origin_len..).unwrap_or_default()
    }
}

/// Browsers treat `localhost` and its subdomains as loopback without asking a resolver.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_an_address_into_origin_host_and_path() {
        let a = Address::parse("https://login.microsoftonline.com/organizations/").unwrap();
        assert_eq!(
            (a.origin(), a.host(), a.path()),
            ("https://login.microsoftonline.com", "login.microsoftonline.com", "/organizations/")
        );
        assert_eq!(Address::parse("http://localhost:8401").unwrap().as_str(), "http://localhost:8401/");
    }

    #[test]
    fn an_address_that_browsers_would_correct_is_refused() {
        use AddressError::*;
        for (text, error) in [
            ("", NotAbsolute),
            ("/exchange", NotAbsolute),
            ("https:///x", NotAbsolute),
            ("http://example.com/", NotSecure),
            ("http://localhost.evil.example/", NotSecure),
            ("ftp://localhost/", NotSecure),
            ("javascript://localhost/", NotSecure),
            ("https://user@example.com/", NotPlain),
            ("https://example.com/?a=b", NotPlain),
            ("https://example.com/#a", NotPlain),
            ("https://example.com/a/../b", NotPlain),
            ("https://example.com\\@evil.example/", NotPlain),
            ("https://EXAMPLE.com/", NotPlain),
            ("https://example.com:080/", NotPlain),
            ("https://example.com:0/", NotPlain),
            ("https://example.com:/", NotPlain),
            ("https://exämple.com/", NotPlain),
            ("https://example.com/ ", NotPlain),
            (" https://example.com/", NotSecure),
            ("https://example.com:443/", DefaultPort),
            ("http://localhost:80/", DefaultPort),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }
}
