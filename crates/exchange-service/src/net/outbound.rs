//! The single outbound HTTP client: no redirects, no proxies, bounded bodies.

use std::time::Duration;

use reqwest::{Body, Client, Method, Request, Url, header::HeaderMap, redirect};

use crate::start_error::StartError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The service's only HTTP client.
#[derive(Debug, Clone)]
pub(crate) struct Outbound(Client);

/// A complete response that is within the size limit.
pub(crate) struct BoundedResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoResponse {
    /// The connection failed or broke.
    Unreachable,
    /// The request timed out.
    TimedOut,
    /// The response is longer than its limit.
    TooLarge,
}

impl Outbound {
    pub(crate) fn new() -> Result<Self, StartError> {
        Client::builder()
            // A redirect could send the signature or the person's token to a host that is not configured.
            .redirect(redirect::Policy::none())
            // So could a proxy that the environment sets.
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(32)
            .build()
            .map(Self)
            .map_err(|_| StartError::NoTrustAnchors)
    }

    /// The client, for a library that sends its own requests.
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }

    pub(crate) async fn get(&self, url: Url, within: Duration, largest: usize) -> Result<BoundedResponse, NoResponse> {
        self.send(Method::GET, url, HeaderMap::new(), vec![], within, largest).await
    }

    /// Sends a request. `within` limits the time to the last byte of the response.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
        within: Duration,
        largest: usize,
    ) -> Result<BoundedResponse, NoResponse> {
        let mut request = Request::new(method, url);
        *request.headers_mut() = headers;
        *request.timeout_mut() = Some(within);
        if !body.is_empty() {
            *request.body_mut() = Some(Body::from(body));
        }
        let mut response = self.0.execute(request).await.map_err(|error| blame(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| blame(&error))? {
            if body.len() + chunk.len() > largest {
                return Err(NoResponse::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(BoundedResponse {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }
}

fn blame(error: &reqwest::Error) -> NoResponse {
    if error.is_timeout() && !error.is_connect() { NoResponse::TimedOut } else { NoResponse::Unreachable }
}
