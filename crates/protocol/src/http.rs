//! Requests and answers as values. Whoever performs them follows no redirect, sends no referrer, sends cookies to the page's
//! own host only, stores nothing, and gives up at the limits named here.

use crate::{secret::SecretText, text_file::NotText};

/// One request.
#[derive(Debug)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Absolute, or relative to the vault's own files.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(&'static str, SecretText)>,
    /// For `POST`.
    pub body: Option<SecretText>,
}

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Says that something was taken.
    Delete,
    /// Reads.
    Get,
    /// Asks for a token, or for a mailbox.
    Post,
}

impl Request {
    /// A `POST` of JSON, authorized by a bearer token (RFC 6750 §2.1).
    pub fn post_json(url: String, bearer: &str, body: String) -> Self {
        Self {
            method: Method::Post,
            url,
            headers: vec![
                ("authorization", SecretText::new(format!("Bearer {bearer}"))),
                ("content-type", SecretText::new("application/json".to_owned())),
            ],
            body: Some(SecretText::new(body)),
        }
    }

    /// A request without a body, authorized by a bearer token.
    pub fn authorized(method: Method, url: String, bearer: &str) -> Self {
        let authorization = ("authorization", SecretText::new(format!("Bearer {bearer}")));
        Self { method, url, headers: vec![authorization], body: None }
    }

    /// A plain `GET`.
    pub fn get(url: String) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), body: None }
    }

    /// Whether this asks the page's own host. Only such a request carries cookies, and those are this host's: a proxy in front
    /// of it may want one on every path.
    pub fn is_to_own_host(&self) -> bool {
        !self.url.contains("://")
    }
}

/// After this many milliseconds without a complete answer a request has failed.
pub const TIMEOUT_MS: u32 = 15_000;

/// An answer with a longer body has failed.
pub const MAX_BODY: usize = 64 * 1024;

/// A complete answer.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `x-correlation-id`, where the server lets a browser read it.
    pub correlation_id: Option<String>,
    /// Seconds to wait before another try: `Retry-After` in either form (RFC 9110 §10.2.3).
    pub retry_after: Option<u64>,
    /// `Date`, where the server lets a browser read it, in seconds since 1970 (RFC 9110 §6.6.1).
    pub date: Option<u64>,
    /// `WWW-Authenticate`, where the server lets a browser read it.
    pub challenge: Option<String>,
    /// The body, as text. It may carry tokens.
    pub body: SecretText,
}

impl Response {
    /// An answer without any header that is read here.
    pub fn plain(status: u16, body: impl Into<String>) -> Self {
        let body = SecretText::new(body.into());
        Self { status, correlation_id: None, retry_after: None, date: None, challenge: None, body }
    }
}

/// There is no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A redirect, which is not followed. Only requests to the [own host](Request::is_to_own_host) learn of it.
    Redirected,
    /// The body is longer than [`MAX_BODY`], or not UTF-8.
    Unreadable,
    /// [`TIMEOUT_MS`] went by, or no connection, no CORS, a redirect, forbidden by the policy: a browser does not say which.
    Unreachable,
    /// The body is UTF-16.
    Utf16,
}

impl From<NotText> for Failure {
    fn from(fault: NotText) -> Self {
        match fault {
            NotText::Utf16 => Self::Utf16,
            NotText::NotUtf8 => Self::Unreadable,
        }
    }
}
