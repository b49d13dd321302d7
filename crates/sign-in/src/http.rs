//! Requests and responses as values. The code that sends them follows no redirect, sends no referrer, sends cookies
//! only to the page's own host, stores nothing, and stops at the limits of this file (SEC-029).

use contract::{UnixTime, search, secret::SecretText, text_file::NotText};

/// One request.
#[derive(Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Absolute, or relative to the vault's own files.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(&'static str, SecretText)>,
    /// The body of a `POST`.
    pub body: Option<SecretText>,
}

/// The HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Releases a return mailbox.
    Delete,
    /// Reads a document or a mailbox. In one contract, it requests D.
    Get,
    /// Requests a token or a mailbox.
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

    /// Whether this request is of the media type JSON, for which browsers need a preflight.
    pub fn is_json(&self) -> bool {
        self.headers.iter().any(|(name, value)| *name == "content-type" && value.expose() == "application/json")
    }

    /// Whether this request is to the page's own host. Only such a request has cookies, because a proxy in front of
    /// that host may require one on every path.
    pub fn is_to_own_host(&self) -> bool {
        !search::contains(&self.url, "://")
    }
}

/// The timeout of a complete response, in milliseconds.
pub const TIMEOUT_MS: u32 = 15_000;

/// The longest body of a response, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// A complete response.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `x-correlation-id`, if the server lets a browser read it.
    pub correlation_id: Option<String>,
    /// Seconds to wait before a retry: `Retry-After` in either form (RFC 9110 §10.2.3).
    pub retry_after: Option<u64>,
    /// `Date`, if the server lets a browser read it (RFC 9110 §6.6.1).
    pub date: Option<UnixTime>,
    /// `WWW-Authenticate`, if the server lets a browser read it.
    pub challenge: Option<String>,
    /// The body, as text. It may contain tokens.
    pub body: SecretText,
}

impl Response {
    /// A response without any of these headers.
    pub fn plain(status: u16, body: impl Into<String>) -> Self {
        let body = SecretText::new(body.into());
        Self { status, correlation_id: None, retry_after: None, date: None, challenge: None, body }
    }
}

/// Why there is no complete response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A redirect, which is not followed. Browsers report it only for requests to the [own
    /// host](Request::is_to_own_host).
    Redirected,
    /// The body is longer than [`MAX_BODY`], or not UTF-8.
    Unreadable,
    /// [`TIMEOUT_MS`] passed, or there is no connection, no CORS, a redirect, or a policy that forbids the request:
    /// browsers do not report which.
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
