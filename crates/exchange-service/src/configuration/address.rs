//! Parses the addresses of the configuration: those that the service sends requests to, and allowed origins.

use reqwest::Url;

use super::{
    fault::{ConfigurationError, at, must_be},
    ids::refuse_placeholder,
};

/// The address of a server without a path. The service appends its own paths.
pub(super) fn base_address(key: &str, text: &str) -> Result<Url, ConfigurationError> {
    refuse_placeholder(key, text)?;
    let url = secure(key, text)?;
    if url.path() == "/" && ends_with_its_path(&url) {
        Ok(url)
    } else {
        Err(at(key, must_be("scheme, host and port only")))
    }
}

/// The beginning of an issuer, before its tenant, without a last slash.
pub(super) fn issuer(key: &str, text: &str) -> Result<String, ConfigurationError> {
    let url = secure(key, text)?;
    if ends_with_its_path(&url) {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(at(key, must_be("an address without query, fragment and user")))
    }
}

/// The address of a document. Its path and query are kept.
pub(super) fn document(key: &str, text: &str) -> Result<Url, ConfigurationError> {
    refuse_placeholder(key, text)?;
    let url = secure(key, text)?;
    let bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if bare { Ok(url) } else { Err(at(key, must_be("an address without fragment and user"))) }
}

/// An origin exactly as browsers send it: lower case, without the scheme's default port and without a last slash. The
/// header is compared byte by byte, so any other spelling would never match.
pub(super) fn origin(key: &str, text: &str) -> Result<String, ConfigurationError> {
    if text.contains('*') || text == "null" {
        return Err(at(key, must_be("exact origins: neither * nor null")));
    }
    refuse_placeholder(key, text)?;
    // Browsers resolve names below `localhost` to this machine (RFC 6761 §6.3), but not every resolver does. They are
    // accepted here, because an origin is only compared and never resolved.
    let url = match Url::parse(text) {
        Ok(url) if url.scheme() == "http" && url.host_str().is_some_and(|host| host.ends_with(".localhost")) => url,
        _ => secure(key, text)?,
    };
    if url.origin().ascii_serialization() == text {
        Ok(text.to_owned())
    } else {
        Err(at(key, must_be("origins as browsers write them, like https://portal.example")))
    }
}

/// Whether the address has no query, no fragment and no user.
fn ends_with_its_path(url: &Url) -> bool {
    url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
}

/// An `https` address, or an `http` address on loopback.
pub(super) fn secure(key: &str, text: &str) -> Result<Url, ConfigurationError> {
    let is_secure = |url: &Url| match url.scheme() {
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        scheme => scheme == "https",
    };
    Url::parse(text).ok().filter(is_secure).ok_or_else(|| at(key, must_be("https, or http on loopback")))
}
