use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use tokio::task::JoinSet;

use crate::{
    content_type,
    loopback::{listen, url_below_localhost},
};

/// A site of another owner, `http://portal.localhost`, which serves the files of a test. It ends when this is dropped.
pub struct Portal {
    /// The origin of the portal, without a slash at the end.
    pub origin: String,
    content: Arc<Mutex<Content>>,
    _server: JoinSet<std::io::Result<()>>,
}

#[derive(Default)]
struct Content {
    files: BTreeMap<String, String>,
    headers: Vec<(&'static str, &'static str)>,
    requests: Vec<String>,
}

impl Portal {
    /// Starts the portal.
    pub async fn start() -> Self {
        Self::named("portal").await
    }

    /// Starts a portal at `http://name.localhost`.
    pub async fn named(name: &str) -> Self {
        let listener = listen().await;
        let origin = url_below_localhost(name, &listener);
        let content = Arc::<Mutex<Content>>::default();
        let router = Router::new().fallback(respond).with_state(content.clone());
        let mut server = JoinSet::new();
        server.spawn(axum::serve(listener, router).into_future());
        Self { origin, content, _server: server }
    }

    /// Puts a file at a path such as `/` or `/portal.js`; its type follows from the path. Returns its address.
    pub fn put(&self, path: &str, text: impl Into<String>) -> String {
        self.with(|content| content.files.insert(path.to_owned(), text.into()));
        format!("{}{path}", self.origin)
    }

    /// Sends this header with every file from now on.
    pub fn send_header(&self, name: &'static str, value: &'static str) {
        self.with(|content| content.headers.push((name, value)));
    }

    /// All requests so far, as `GET /path?query` and the header `Sec-Fetch-Site` where the browser sends it:
    /// `cross-site`, `same-site`, `same-origin`, or `none` for a request that the person caused (Fetch Metadata).
    pub fn requests(&self) -> Vec<String> {
        self.with(|content| content.requests.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Content) -> T) -> T {
        work(&mut self.content.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn respond(State(content): State<Arc<Mutex<Content>>>, request: Request) -> Response {
    let mut content = content.lock().unwrap_or_else(PoisonError::into_inner);
    let relation = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok()).unwrap_or_default();
    content.requests.push(format!("{} {} {relation}", request.method(), request.uri()).trim_end().to_owned());
    let path = request.uri().path();
    let (status, kind, text) = match content.files.get(path) {
        Some(text) => (StatusCode::OK, content_type(path), text.clone()),
        None => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "not found\n".to_owned()),
    };
    let mut response =
        Response::builder().status(status).header(CONTENT_TYPE, kind).header("cache-control", "no-store");
    for (name, value) in &content.headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(text)).expect("the names and values of a test's headers are valid")
}
