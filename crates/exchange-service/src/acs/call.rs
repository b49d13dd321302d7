//! One request to ACS, before it is authorized.

use reqwest::{
    Method, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};

use crate::{
    caller::IssuerTenant,
    telemetry::{correlation::CorrelationId, trace_context::TraceContext},
};

/// The tenant, as one issuer vouches for it, for whose part of the allowance a request counts; `None` for guests.
pub(crate) type RequestTenant = Option<IssuerTenant>;

/// The ids that identify a request in Microsoft's logs and in the caller's.
pub(crate) struct CallIds {
    pub(crate) correlation: CorrelationId,
    pub(crate) trace: TraceContext,
}

pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// The exact bytes that are signed and sent.
    pub(super) body: Vec<u8>,
    /// The tenant for whose part of the allowance the request counts.
    pub(super) tenant: RequestTenant,
    /// The value of `Authorization` for a request without C; `None` if C authorizes it.
    pub(super) bearer: Option<HeaderValue>,
}

impl Call {
    /// `path` is as ACS writes it, with its colons.
    pub(super) fn new(method: Method, endpoint: &Url, path: &str, api_version: &str, body: Vec<u8>) -> Self {
        let mut url = endpoint.clone();
        url.set_path(path);
        url.set_query(Some(&format!("api-version={api_version}")));
        Self::to(method, url, body)
    }

    pub(super) fn to(method: Method, url: Url, body: Vec<u8>) -> Self {
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json)]);
        Self { method, url, headers, body, tenant: None, bearer: None }
    }

    /// Sets the ids of the request, and for whom it counts.
    pub(super) fn under(mut self, ids: &CallIds, tenant: RequestTenant) -> Self {
        self.tenant = tenant;
        // Letters, digits and hyphens are valid in a header.
        if let Ok(correlation) = HeaderValue::from_str(ids.correlation.as_str()) {
            self.headers.insert(HeaderName::from_static("x-ms-client-request-id"), correlation);
        }
        ids.trace.write(&mut self.headers);
        self
    }
}
