//! Parses the addresses of the configuration: those that the service sends requests to, and allowed origins.

use reqwest::Url;

use super::fault::{ConfigurationError, Fault, at};

/// The address of a server without a path. The service appends its own paths.
pub(super) fn base_address(key: &'static str, text: &str) -> Result<Url, ConfigurationError> {
    if text.contains("REPLACE") {
        return Err(at(key, Fault::Placeholder));
    }
    let url = secure(key, text)?;
    if url.path() == "/" && ends_with_its_path(&url) { Ok(url) } else { Err(at(key, Fault::NotABaseAddress)) }
}

/// The beginning of an issuer, before its tenant, without a last slash.
pub(super) fn issuer(key: &'static str, text: &str) -> Result<String, ConfigurationError> {
    let url = secure(key, text)?;
    if ends_with_its_path(&url) {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(at(key, Fault::NotAnIssuer))
    }
}

/// The address of a document. Its path and query are kept.
pub(super) fn document(key: &'static str, text: &str) -> Result<Url, ConfigurationError> {
    if text.contains("REPLACE") {
        return Err(at(key, Fault::Placeholder));
    }
    let url = secure(key, text)?;
    let bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if bare { Ok(url) } else { Err(at(key, Fault::NotADocument)) }
}

/// An origin exactly as browsers send it: lower case, without the scheme's default port and without a last slash. The
/// header is compared byte by byte, so any other spelling would never match.
pub(super) fn origin(key: &'static str, text: String) -> Result<String, ConfigurationError> {
    if text.contains('*') || text == "null" {
        return Err(at(key, Fault::Wildcard));
    }
    if text.contains("REPLACE") {
        return Err(at(key, Fault::Placeholder));
    }
    // Browsers resolve names below `localhost` to this machine (RFC 6761 §6.3), but not every resolver does. They are
    // accepted here, because an origin is only compared and never resolved.
    let url = match Url::parse(&text) {
        Ok(url) if url.scheme() == "http" && url.host_str().is_some_and(|host| host.ends_with(".localhost")) => url,
        _ => secure(key, &text)?,
    };
    if url.origin().ascii_serialization() == text { Ok(text) } else { Err(at(key, Fault::NotAnOrigin)) }
}

/// Whether the address has no query, no fragment and no user.
fn ends_with_its_path(url: &Url) -> bool {
    url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
}

/// An `https` address, or an `http` address on loopback.
pub(super) fn secure(key: &'static str, text: &str) -> Result<Url, ConfigurationError> {
    let url = Url::parse(text).map_err(|_| at(key, Fault::NotSecure))?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err(at(key, Fault::NotSecure)),
    }
}
