//! The files of a page, compressed, with their headers, and a host that counts what it sends.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    },
    response::Response,
};
use brotli::enc::BrotliEncoderParams;
use page_host::{Choices, Configuration, HeaderProfile, SiteFiles, media_type};

/// The cache of a file with a hash in its name, as for our own page.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const NOT_STORED: &str = "no-store";

/// All files of a page.
#[derive(Clone)]
pub(crate) struct Files {
    files: Arc<BTreeMap<String, File>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

struct File {
    body: Bytes,
    is_compressed: bool,
    headers: Vec<(String, String)>,
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) path: String,
    /// The bytes of its body.
    pub(crate) bytes: usize,
}

impl Files {
    /// Our own page, as page-host makes it.
    pub(crate) fn of_page(dist: &Path, config: &str) -> Result<Self, String> {
        let configuration = Configuration::parse(config).map_err(|finding| finding.message)?;
        let profile = HeaderProfile::new(configuration.addresses(), Choices { isolated_portals: false });
        let site = SiteFiles::build(dist, config, &profile).map_err(|error| error.to_string())?;
        let file = |path: &str| {
            let headers = profile.headers(path).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            // As page-host leaves it.
            (path.to_owned(), File::new(site.get(path).unwrap_or_default(), path != "/config.json", headers))
        };
        Ok(Self::new(site.paths().map(file).collect()))
    }

    /// A page of another maker, from the folder that its build makes. `config` is for its document.
    pub(crate) fn of_peer(folder: &Path, config: &str) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (mut body, name) = (fs::read(entry.path())?, entry.file_name().to_string_lossy().into_owned());
            let is_document = name == "index.html";
            if is_document {
                body = String::from_utf8_lossy(&body).replace("CONFIG", config).into_bytes();
            }
            let cache = if is_document { NOT_STORED } else { IMMUTABLE };
            let headers = vec![(CACHE_CONTROL.to_string(), cache.to_owned())];
            files.insert(format!("/{name}"), File::new(&body, true, headers));
        }
        Ok(Self::new(files))
    }

    fn new(files: BTreeMap<String, File>) -> Self {
        Self { files: Arc::new(files), sent: Arc::default() }
    }

    pub(crate) fn router(&self) -> Router {
        Router::new().fallback(respond).with_state(self.clone())
    }

    /// The text of a file, as a person who copies it has it.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        let mut text = Vec::new();
        brotli::BrotliDecompress(&mut &*self.files.get(path)?.body, &mut text).ok()?;
        String::from_utf8(text).ok()
    }

    /// What was sent since the last call.
    pub(crate) fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl File {
    fn new(body: &[u8], compress: bool, headers: Vec<(String, String)>) -> Self {
        let body = if compress { compressed(body) } else { body.to_vec() };
        Self { body: body.into(), is_compressed: compress, headers }
    }
}

/// At the highest level, as page-host does.
fn compressed(mut bytes: &[u8]) -> Vec<u8> {
    let parameters = BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut compressed, &parameters).expect("memory can be read and written");
    compressed
}

async fn respond(State(files): State<Files>, request: Request) -> Response {
    let path = match request.uri().path() {
        "/" => "/index.html",
        path => path,
    };
    let Some(file) = files.files.get(path) else {
        let missing = Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty());
        return missing.expect("an empty response is valid");
    };
    if request.method() == "GET" {
        let sent = Sent { path: path.to_owned(), bytes: file.body.len() };
        files.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
    }
    let mut response = Response::builder().header(CONTENT_TYPE, media_type(path));
    for (name, value) in &file.headers {
        response = response.header(name, value);
    }
    if file.is_compressed {
        response = response.header(CONTENT_ENCODING, "br");
    }
    response.body(Body::from(file.body.clone())).expect("the headers of the pages are valid")
}
