//! One request to ACS, before anybody has authorized it.

use reqwest::{
    Method, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};

use super::{Ask, Asker};
use crate::telemetry::trace_context;

pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// The very bytes that are signed and sent.
    pub(super) body: Vec<u8>,
    /// Whose part of ACS's allowance it uses.
    pub(super) asker: Asker,
}

impl Call {
    /// `path` as ACS writes it: its colons are part of it.
    pub(super) fn new(method: Method, endpoint: &Url, path: &str, api_version: &str, body: Vec<u8>) -> Self {
        let mut url = endpoint.clone();
        url.set_path(path);
        url.set_query(Some(&format!("api-version={api_version}")));
        Self::to(method, url, body)
    }

    pub(super) fn to(method: Method, url: Url, body: Vec<u8>) -> Self {
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json)]);
        Self { method, url, headers, body, asker: None }
    }

    /// With the ids under which both sides find it, and at the expense of who asks.
    pub(super) fn under(mut self, ask: &Ask) -> Self {
        self.asker = ask.operation.asker();
        for (name, value) in [
            (HeaderName::from_static("x-ms-client-request-id"), ask.correlation.as_str()),
            (trace_context::HEADER, &ask.trace.header()),
        ] {
            // Letters, digits and hyphens are header text.
            self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        }
        self
    }
}
