use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use reqwest::{Client, Method, Url, header::HeaderMap, redirect};

/// The longest time of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The most bytes of a body that are read. The largest file of the page has a tenth of it.
const MAX_BODY: usize = 4 << 20;

/// Sends requests to the host of one page.
pub(super) struct Fetch {
    client: Client,
    origin: String,
    count: AtomicUsize,
}

/// A response with the beginning of its body.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Fetched {
    pub(super) fn is_ok(&self) -> bool {
        self.status == 200
    }

    /// All values of a header, joined as a browser reads them.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

impl Fetch {
    pub(super) fn new(address: &str) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| format!("{address}: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.query().is_some() {
            return Err(format!("{address} must be the address of a page at the root of its host"));
        }
        let client = Client::builder()
            // A redirect is checked itself.
            .redirect(redirect::Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, origin: url.origin().ascii_serialization(), count: AtomicUsize::new(0) })
    }

    /// Scheme, host and port of the page.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of responses so far.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Fetched, String> {
        self.send(Method::GET, path, &[]).await
    }

    pub(super) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<Fetched, String> {
        self.send_to(method, &format!("{}{path}", self.origin), headers).await
    }

    /// Sends a request to a full address.
    pub(super) async fn send_to(
        &self,
        method: Method,
        address: &str,
        headers: &[(&str, &str)],
    ) -> Result<Fetched, String> {
        let failed = |error: reqwest::Error| format!("{method} {address}: {}", cause(&error));
        let mut request = self.client.request(method.clone(), address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                return Err(format!("{method} {address}: the response has more than {MAX_BODY} bytes"));
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(Fetched { status, headers, body })
    }
}

/// The innermost reason, which names the connection or the certificate.
fn cause(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
