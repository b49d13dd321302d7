//! A stand-in for the Azure Functions host of the Flex Consumption plan.
//!
//! That host always runs the CORS middleware of ASP.NET (azure-functions-host: `WebScriptHostBuilderExtension`,
//! `CorsOptionsSetup`). The middleware answers every preflight with 204, and the custom handler never gets it
//! (azure-functions-host issue 9012). It sets `Access-Control-Allow-Origin` on all responses to a configured origin,
//! and changes no response to another one.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONNECTION, CONTENT_LENGTH, HOST, ORIGIN,
            TRANSFER_ENCODING,
        },
    },
    response::Response,
};
use serde_json::Value;
use tokio::net::TcpListener;

/// The trace id that the host sets where it replaces the caller's.
pub(crate) const HOSTS_TRACE: &str = "11111111111111111111111111111111";

/// How the host forwards requests to the custom handler, by `host.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forwarding {
    /// `enableForwardingHttpRequest`, the legacy setting: the host builds a new request, in a new trace.
    Rebuilt,
    /// `enableProxyingHttpRequest`: the host passes the request on unchanged.
    Proxied,
}

impl Forwarding {
    pub(crate) fn of(host: &Value) -> Option<Self> {
        let is_on = |key: &str| host["customHandler"][key] == true;
        match (is_on("enableProxyingHttpRequest"), is_on("enableForwardingHttpRequest")) {
            (true, false) => Some(Self::Proxied),
            (false, true) => Some(Self::Rebuilt),
            _ => None,
        }
    }
}

pub(crate) struct FunctionsHost {
    handler: String,
    forwarding: Forwarding,
    allowed_origins: Vec<String>,
    client: reqwest::Client,
}

impl FunctionsHost {
    /// Starts a host in front of the custom handler at this address. Returns the address of the host.
    pub(crate) async fn start(handler: String, forwarding: Forwarding, allowed_origins: Vec<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let host = Arc::new(Self { handler, forwarding, allowed_origins, client: reqwest::Client::new() });
        let router = Router::new().fallback(async move |request: Request| host.respond(request).await);
        tokio::spawn(async { axum::serve(listener, router).await });
        address
    }

    async fn respond(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let origin = head.headers.get(ORIGIN);
        let allowed =
            origin.filter(|origin| self.allowed_origins.iter().any(|allowed| *origin == allowed.as_str())).cloned();
        if head.method == Method::OPTIONS
            && origin.is_some()
            && let Some(method) = head.headers.get(ACCESS_CONTROL_REQUEST_METHOD)
        {
            return preflight(allowed, method, head.headers.get(ACCESS_CONTROL_REQUEST_HEADERS));
        }
        let url = format!("{}{}", self.handler, head.uri);
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let forwarded = self.client.request(head.method, url).headers(self.forwarded(head.headers)).body(body);
        let handled = forwarded.send().await.unwrap();
        let (status, mut headers) = (handled.status(), handled.headers().clone());
        let mut response = Response::new(Body::from(handled.bytes().await.unwrap()));
        for hop in [CONNECTION, TRANSFER_ENCODING] {
            headers.remove(hop);
        }
        if let Some(origin) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        response
    }

    fn forwarded(&self, mut headers: HeaderMap) -> HeaderMap {
        for own in [HOST, CONTENT_LENGTH] {
            headers.remove(own);
        }
        headers.append("x-forwarded-for", HeaderValue::from_static("203.0.113.7:50000"));
        if self.forwarding == Forwarding::Rebuilt {
            let traceparent = format!("00-{HOSTS_TRACE}-2222222222222222-00");
            headers.insert("traceparent", traceparent.parse().unwrap());
        }
        headers
    }
}

/// `AllowAnyMethod` and `AllowAnyHeader`: a configured origin may use any method and header.
fn preflight(allowed: Option<HeaderValue>, method: &HeaderValue, names: Option<&HeaderValue>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(origin) = allowed {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
        if let Some(names) = names {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
    }
    response
}
