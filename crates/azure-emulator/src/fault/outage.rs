//! Outages: an endpoint fails independently of the request.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::Response,
};
use http_body::Frame;

use crate::{date::http_date, fault::enumeration::faults};

faults! {
    /// A failure of one endpoint that does not depend on the request.
    Outage {
        ThrottledSeconds "429 with Retry-After: 2",
        ThrottledDate "429 with Retry-After as a date, two seconds from now",
        Unavailable "503 without a body",
        Malformed "200 with truncated JSON",
        Oversized "200 with 10 MiB of JSON",
        Slow "The right response, five seconds late",
        Dropped "The connection closes without a response",
    }
}

const RETRY_SECONDS: u64 = 2;
const DELAY: Duration = Duration::from_secs(5);
const OVERSIZE: usize = 10 << 20;
const TRUNCATED_JSON: &str = r#"{"token_type":"Bearer","#;

impl Outage {
    /// The response of the failing endpoint, or `None` if it works after a delay. `now` is in seconds since the Unix
    /// epoch.
    pub(crate) async fn respond(self, now: u64) -> Option<Response> {
        let (status, body) = match self {
            Self::ThrottledSeconds | Self::ThrottledDate => (StatusCode::TOO_MANY_REQUESTS, Body::empty()),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Body::empty()),
            Self::Malformed => (StatusCode::OK, Body::from(TRUNCATED_JSON)),
            Self::Oversized => (StatusCode::OK, Body::from(format!(r#"{{"padding":"{}"}}"#, "x".repeat(OVERSIZE)))),
            Self::Dropped => (StatusCode::OK, Body::new(Broken)),
            Self::Slow => {
                tokio::time::sleep(DELAY).await;
                return None;
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        // RFC 9110 section 10.2.3: a number of seconds, or a date.
        match self {
            Self::ThrottledSeconds => drop(headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS))),
            Self::ThrottledDate => {
                let date = HeaderValue::try_from(http_date(now + RETRY_SECONDS)).expect("a date is printable ASCII");
                headers.insert(RETRY_AFTER, date);
            }
            _ => {}
        }
        Some(response)
    }
}

/// A body that fails at once. The server then closes the connection, before it has sent the head.
struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}
