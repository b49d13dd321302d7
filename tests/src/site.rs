use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, Method, StatusCode,
        header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    },
    response::Response,
};
use page_host::Addresses;

use crate::{
    headers::{Host, headers},
    record::Record,
};

/// The cookie that a proxy in front of the site requires on every path, and the path that sets it.
const COOKIE_OF_PROXY: &str = "proxy-session=1";
const SIGN_IN_OF_PROXY: &str = "/.proxy/sign-in";

/// The limit of a batch of recorded messages, in bytes.
const MAX_MESSAGE_LENGTH: usize = 1 << 20;

/// A static host as in production: a directory, headers by path, and the `config.json` of this installation. It records
/// its requests.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    directory: PathBuf,
    config: Option<String>,
    addresses: Addresses,
    host: Host,
    requests: Mutex<Vec<String>>,
    held: Mutex<BTreeSet<String>>,
    replaced: Mutex<BTreeMap<String, Replacement>>,
    /// The folder that the files are in, without a slash at its end.
    folder: Mutex<String>,
    wants_cookie: AtomicBool,
    record: Option<Record>,
}

/// What the host sends instead of a file.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// The status. With a redirect, the body is the address.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Site {
    /// Serves `directory`. `config` takes the place of its `config.json`.
    pub fn new(directory: &Path, config: Option<String>, addresses: Addresses, host: Host) -> Self {
        Self(Arc::new(Inner {
            directory: directory.to_owned(),
            config,
            addresses,
            host,
            requests: Mutex::default(),
            held: Mutex::default(),
            replaced: Mutex::default(),
            folder: Mutex::default(),
            wants_cookie: AtomicBool::new(false),
            record: None,
        }))
    }

    /// The same, with documents that record their messages.
    #[must_use]
    pub fn recorded(self, record: &Record) -> Self {
        let mut inner = Arc::into_inner(self.0).expect("a site is recorded before it is served");
        inner.record = Some(record.clone());
        Self(Arc::new(inner))
    }

    /// The site, ready for a listener or for a test without one.
    pub fn router(&self) -> Router {
        Router::new().fallback(respond).with_state(self.clone())
    }

    /// All request lines so far, such as `GET /config.json`, with the query. ` from ` and the `Referer` follow, if
    /// there is one.
    pub fn requests(&self) -> Vec<String> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves further requests for this path without a response.
    pub fn hold(&self, path: &str) {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
    }

    /// Sends this instead of the file at a path.
    pub fn replace(&self, path: &str, replacement: Replacement) {
        self.0.replaced.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), replacement);
    }

    /// Moves the files to a folder such as `/sign-in`. Nothing else is found from then on.
    pub fn move_to(&self, folder: &str) {
        folder.clone_into(&mut self.0.folder.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Starts a proxy in front of the site. It redirects every request without its cookie to its own sign-in, which
    /// sets the cookie at once (REP-02).
    pub fn require_cookie(&self) {
        self.0.wants_cookie.store(true, Ordering::Relaxed);
    }

    /// The `config.json` of this installation.
    pub fn config(&self) -> &str {
        self.0.config.as_deref().unwrap_or_default()
    }

    /// The response of the proxy, or `None` if it passes the request on.
    fn proxy(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if !self.0.wants_cookie.load(Ordering::Relaxed) {
            return None;
        }
        let cookies = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let has_cookie = cookies.split("; ").any(|cookie| cookie == COOKIE_OF_PROXY);
        let redirect = Response::builder().status(StatusCode::FOUND);
        let redirect = match path {
            SIGN_IN_OF_PROXY => redirect
                .header(SET_COOKIE, format!("{COOKIE_OF_PROXY}; Path=/; HttpOnly"))
                .header(LOCATION, format!("{}/", self.folder())),
            _ if has_cookie => return None,
            _ => redirect.header(LOCATION, SIGN_IN_OF_PROXY),
        };
        Some(redirect.body(Body::empty()).expect("these headers are valid"))
    }

    fn folder(&self) -> String {
        self.0.folder.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The replacement for a path, or else the file.
    async fn content(&self, path: &str) -> Option<Replacement> {
        let replacement = self.0.replaced.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        match replacement {
            Some(replacement) => Some(replacement),
            None => {
                let body = self.file(path).await?;
                Some(Replacement { status: 200, content_type: content_type(path), body })
            }
        }
    }

    fn holds(&self, path: &str) -> bool {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    async fn file(&self, path: &str) -> Option<Vec<u8>> {
        let name = if path == "/" { "index.html" } else { path.strip_prefix('/')? };
        // Plain names only: no path outside of the directory, and no hidden file.
        if name.split('/').any(|part| part.is_empty() || part.starts_with('.') || part.contains(['\\', '%', ':'])) {
            return None;
        }
        match (&self.0.config, name) {
            (Some(config), "config.json") => Some(config.clone().into_bytes()),
            _ => {
                let file = tokio::fs::read(self.0.directory.join(name)).await.ok()?;
                Some(if self.0.record.is_some() { Record::into_script(path, file) } else { file })
            }
        }
    }
}

async fn respond(State(site): State<Site>, request: Request) -> Response {
    if let (Some(record), &Method::POST, "/said") = (&site.0.record, request.method(), request.uri().path()) {
        return take_down(record, request.into_body()).await;
    }
    let referrer = request.headers().get("referer").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let line = format!(
        "{} {}{}",
        request.method(),
        request.uri(),
        referrer.map_or_else(String::new, |r| format!(" from {r}"))
    );
    site.0.requests.lock().unwrap_or_else(PoisonError::into_inner).push(line);

    let path = request.uri().path();
    if site.holds(path) {
        std::future::pending::<()>().await;
    }
    if let Some(response) = site.proxy(path, request.headers()) {
        return response;
    }
    let plain = |status, text: &str| Replacement {
        status,
        content_type: "text/plain; charset=utf-8",
        body: text.as_bytes().to_vec(),
    };
    // A path outside of the folder gets the headers of a missing file.
    let path = path.strip_prefix(&*site.folder()).unwrap_or("/no-such-file");
    let content = match *request.method() {
        // No fallback to index.html: a missing script must not get a document.
        Method::GET | Method::HEAD => site.content(path).await.unwrap_or_else(|| plain(404, "not found\n")),
        _ => plain(405, "method not allowed\n"),
    };
    let Replacement { status, content_type, body } = content;
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
    if (300..400).contains(&status) {
        response = response.header(LOCATION, String::from_utf8_lossy(&body).into_owned());
    }
    for (name, value) in headers(path, &site.0.addresses, site.0.host) {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).expect("the names and values of the header profile are valid")
}

async fn take_down(record: &Record, message: Body) -> Response {
    if let Ok(message) = axum::body::to_bytes(message, MAX_MESSAGE_LENGTH).await {
        record.add(&message);
    }
    let done = Response::builder().status(StatusCode::NO_CONTENT).body(Body::empty());
    done.expect("an empty response is valid")
}

/// The media type of a file of the page. With `nosniff`, a wrong one stops the page.
pub fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        None | Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some(_) => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tower::ServiceExt;

    fn site() -> (tempfile::TempDir, Site) {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("index.html"), "<!doctype html>").unwrap();
        fs::write(directory.path().join("vault_bg.wasm"), "\0asm").unwrap();
        fs::write(directory.path().join("config.json"), "of the build").unwrap();
        fs::write(directory.path().join(".env"), "hidden").unwrap();
        let addresses = Addresses {
            authorities: vec!["http://entra.example".into()],
            exchanges: vec!["http://service.example".into()],
            mailbox: None,
            portals: Vec::new(),
        };
        let site = Site::new(directory.path(), Some("{}".into()), addresses, Host::Proper);
        (directory, site)
    }

    async fn get(site: &Site, path: &str) -> (StatusCode, String, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = site.router().oneshot(request).await.unwrap();
        let kind = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        let status = response.status();
        for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy"] {
            assert!(response.headers().contains_key(name), "{path} {name}");
        }
        (status, kind, axum::body::to_bytes(response.into_body(), 1000).await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn sends_files_with_their_media_type() {
        let (_directory, site) = site();
        assert_eq!(
            get(&site, "/").await,
            (StatusCode::OK, "text/html; charset=utf-8".into(), b"<!doctype html>".to_vec())
        );
        assert_eq!(get(&site, "/vault_bg.wasm").await.1, "application/wasm");
    }

    #[tokio::test]
    async fn sends_the_configuration_of_the_installation() {
        let (_directory, site) = site();
        assert_eq!(get(&site, "/config.json").await, (StatusCode::OK, "application/json".into(), b"{}".to_vec()));
    }

    #[tokio::test]
    async fn sends_404_for_missing_files_and_never_the_document() {
        let (_directory, site) = site();
        for path in
            ["/nothing.js", "/sign-in", "/.env", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/vault"]
        {
            let (status, kind, _) = get(&site, path).await;
            assert_eq!((status, &*kind), (StatusCode::NOT_FOUND, "text/plain; charset=utf-8"), "{path}");
        }
    }

    #[tokio::test]
    async fn records_every_request_with_its_query() {
        let (_directory, site) = site();
        get(&site, "/?code=stolen").await;
        assert_eq!(site.requests(), ["GET /?code=stolen"]);
    }
}
