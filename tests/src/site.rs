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
use page_host::{Addresses, SiteFiles};

use crate::{
    headers::{Host, headers, profile},
    record::Record,
};

/// The cookie that a proxy in front of the site requires on every path, and the path that sets it.
const COOKIE_OF_PROXY: &str = "proxy-session=1";
const SIGN_IN_OF_PROXY: &str = "/.proxy/sign-in";

/// The limit of a batch of recorded messages, in bytes.
const MAX_MESSAGE_LENGTH: usize = 1 << 20;

/// The path of an error, by its headers: a missing file must not be stored as long as the file itself.
const ERROR: &str = "/404.html";

/// A static host as in production: the files of a page with their headers. It records its requests.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    deployed: Mutex<Arc<Deployed>>,
    host: Host,
    requests: Mutex<Vec<String>>,
    held: Mutex<BTreeSet<String>>,
    replaced: Mutex<BTreeMap<String, Replacement>>,
    /// The folder that the files are in, without a slash at its end.
    folder: Mutex<String>,
    wants_cookie: AtomicBool,
    record: Option<Record>,
}

/// What an operator has put on the host.
struct Deployed {
    files: Files,
    addresses: Addresses,
}

enum Files {
    /// The page, as `page-host build` makes it.
    Page(SiteFiles),
    /// Documents of a test.
    Folder(PathBuf),
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
    /// Serves the page that is made from Trunk's folder.
    pub fn new(dist: &Path, config: &str, addresses: Addresses, host: Host) -> Self {
        Self::of(Deployed::page(dist, config, addresses, host), host)
    }

    /// Serves a folder as it is, with the headers of the page.
    pub fn of_folder(folder: &Path, addresses: Addresses, host: Host) -> Self {
        Self::of(Deployed { files: Files::Folder(folder.to_owned()), addresses }, host)
    }

    fn of(deployed: Deployed, host: Host) -> Self {
        Self(Arc::new(Inner {
            deployed: Mutex::new(Arc::new(deployed)),
            host,
            requests: Mutex::default(),
            held: Mutex::default(),
            replaced: Mutex::default(),
            folder: Mutex::default(),
            wants_cookie: AtomicBool::new(false),
            record: None,
        }))
    }

    /// Replaces all files and policies at once.
    pub fn deploy(&self, dist: &Path, config: &str, addresses: Addresses) {
        *self.0.deployed.lock().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Deployed::page(dist, config, addresses, self.0.host));
    }

    fn deployed(&self) -> Arc<Deployed> {
        self.0.deployed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The path of a file of the page by its name without a hash, such as `boot.js` or `vault_bg.wasm`.
    pub fn path_of(&self, name: &str) -> String {
        let deployed = self.deployed();
        let path = deployed.page_files().and_then(|files| files.path_of(name));
        path.unwrap_or_else(|| panic!("the page has no {name}")).to_owned()
    }

    /// All paths of the page.
    pub fn paths(&self) -> Vec<String> {
        let deployed = self.deployed();
        deployed.page_files().into_iter().flat_map(SiteFiles::paths).map(str::to_owned).collect()
    }

    /// The file at a path of the page.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        Some(self.deployed().page_files()?.get(path)?.to_vec())
    }

    /// The same, with a record of the messages that its documents post to `/said`.
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

    /// Sends the file at a path again.
    pub fn put_back(&self, path: &str) {
        self.0.replaced.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
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
    pub fn config(&self) -> String {
        String::from_utf8(self.file("/config.json").unwrap_or_default()).expect("a configuration is UTF-8")
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
                let body = self.stored(path).await?;
                Some(Replacement { status: 200, content_type: content_type(path), body })
            }
        }
    }

    fn holds(&self, path: &str) -> bool {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    async fn stored(&self, path: &str) -> Option<Vec<u8>> {
        let deployed = self.deployed();
        let folder = match &deployed.files {
            Files::Page(files) => return files.get(path).map(<[u8]>::to_vec),
            Files::Folder(folder) => folder,
        };
        let name = if path == "/" { "index.html" } else { path.strip_prefix('/')? };
        // Plain names only: no path outside of the directory, and no hidden file.
        if name.split('/').any(|part| part.is_empty() || part.starts_with('.') || part.contains(['\\', '%', ':'])) {
            return None;
        }
        tokio::fs::read(folder.join(name)).await.ok()
    }

    /// What the host sends for a path without a file.
    async fn not_found(&self) -> Replacement {
        match self.stored(ERROR).await {
            Some(body) => Replacement { status: 404, content_type: content_type(ERROR), body },
            None => plain(404, "not found\n"),
        }
    }
}

impl Deployed {
    fn page(dist: &Path, config: &str, addresses: Addresses, host: Host) -> Self {
        let files = SiteFiles::build(dist, config, &profile(&addresses, host));
        Self { files: Files::Page(files.unwrap_or_else(|error| panic!("the page: {error}"))), addresses }
    }

    fn page_files(&self) -> Option<&SiteFiles> {
        match &self.files {
            Files::Page(files) => Some(files),
            Files::Folder(_) => None,
        }
    }
}

fn plain(status: u16, text: &str) -> Replacement {
    Replacement { status, content_type: "text/plain; charset=utf-8", body: text.as_bytes().to_vec() }
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
    // A path outside of the folder gets the headers of a missing file.
    let path = path.strip_prefix(&*site.folder()).unwrap_or("/no-such-file");
    let content = match *request.method() {
        // No fallback to index.html: a missing script must not get a document.
        Method::GET | Method::HEAD => match site.content(path).await {
            Some(content) => content,
            None => site.not_found().await,
        },
        _ => plain(405, "method not allowed\n"),
    };
    let Replacement { status, content_type, body } = content;
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
    if (300..400).contains(&status) {
        response = response.header(LOCATION, String::from_utf8_lossy(&body).into_owned());
    }
    let path = if status == 200 { path } else { ERROR };
    for (name, value) in headers(path, &site.deployed().addresses, site.0.host) {
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
        fs::create_dir(directory.path().join("vault")).unwrap();
        fs::write(directory.path().join("vault/vault_bg.wasm"), "\0asm").unwrap();
        fs::write(directory.path().join("config.json"), "{}").unwrap();
        fs::write(directory.path().join(".env"), "hidden").unwrap();
        let addresses = Addresses { exchanges: vec!["http://service.example".into()], ..Addresses::default() };
        let site = Site::of_folder(directory.path(), addresses, Host::Proper);
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
        assert_eq!(get(&site, "/vault/vault_bg.wasm").await.1, "application/wasm");
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
