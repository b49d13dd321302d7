//! A server on loopback that sends the responses a test sets, and records its requests.

use std::{
    collections::VecDeque,
    future,
    sync::{Arc, Mutex},
};

use aws_lc_rs::hmac;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::net::TcpListener;

#[derive(Clone)]
pub(crate) struct Peer {
    /// The address, `http://localhost:port`.
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    /// The next responses. The last one stays.
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

#[derive(Clone)]
pub(crate) struct ReceivedRequest {
    /// Method, path and query.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl ReceivedRequest {
    /// Whether this key made the signature of the request. It is computed from the request that arrived.
    pub(crate) fn signed_with(&self, key: &str) -> bool {
        let header = |name: &str| self.headers[name].to_str().unwrap();
        let (method, path) = self.line.split_once(' ').unwrap();
        let to_sign =
            format!("{method}\n{path}\n{};{};{}", header("x-ms-date"), header("host"), header("x-ms-content-sha256"));
        let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(key).unwrap());
        let signature = STANDARD.encode(hmac::sign(&key, to_sign.as_bytes()));
        let expected = format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
        header("authorization") == expected
    }
}

#[derive(Clone)]
pub(crate) enum Reply {
    With(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A response that depends on the request.
    Of(fn(&ReceivedRequest) -> Reply),
    /// The server never responds.
    Silence,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::With(status, vec![], body.into())
    }
}

impl Peer {
    pub(crate) async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let peer = Self { address, requests: Arc::default(), replies: Arc::new(Mutex::new(VecDeque::from([reply]))) };
        let answering = peer.clone();
        let router = Router::new().fallback(async move |request: Request| answering.respond(request).await);
        tokio::spawn(async { axum::serve(listener, router).await });
        peer
    }

    pub(crate) fn reply(&self, reply: Reply) {
        self.replies([reply]);
    }

    pub(crate) fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.replies.lock().unwrap() = replies.into_iter().collect();
    }

    /// The next response.
    pub(crate) fn reply_now(&self) -> Reply {
        self.replies.lock().unwrap()[0].clone()
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// Removes the recorded requests.
    pub(crate) fn forget(&self) {
        self.requests.lock().unwrap().clear();
    }

    async fn respond(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let line = format!("{} {}", head.method, head.uri);
        let request = ReceivedRequest { line, headers: head.headers, body };
        self.requests.lock().unwrap().push(request.clone());
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
        };
        let reply = match reply {
            Reply::Of(says) => says(&request),
            reply => reply,
        };
        match reply {
            Reply::With(status, headers, body) => {
                let mut response = (StatusCode::from_u16(status).unwrap(), Body::from(body)).into_response();
                // The real time would differ from the clock of the test. A test that needs a date sets one.
                response.headers_mut().insert("date", HeaderValue::from_static("unknown"));
                for (name, value) in headers {
                    response.headers_mut().insert(name, value.parse().unwrap());
                }
                response
            }
            Reply::Silence | Reply::Of(_) => future::pending().await,
        }
    }
}
