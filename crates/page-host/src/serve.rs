use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, VARY},
    },
    response::Response,
};
use page_host::{Configuration, Header, HostHeaders, media_type};
use tokio::{fs, net::TcpListener, signal};

use crate::{build, command_line::Serve};

struct Site {
    folder: PathBuf,
    headers: HostHeaders,
}

/// Serves a built page on loopback until Ctrl-C.
pub(crate) async fn run(arguments: &Serve) -> Result<ExitCode, String> {
    let configuration = Configuration::parse(&build::read(&arguments.config)?).map_err(|finding| finding.message)?;
    let page = configuration.page();
    let port = page.origin().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let port = arguments.port.or(port).ok_or("redirectUri names no port: choose one with --port")?;
    // Never another interface: this is plain http, and for one computer.
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| format!("port {port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let origin = format!("http://localhost:{}", address.port());
    if page.origin() != origin {
        eprintln!("warning: sign-in works at redirectUri only, {}, which is not {origin}/", page.as_str());
    }
    let headers = arguments.header_options.host_headers(&configuration, &origin);
    let site = Site { folder: arguments.from.clone(), headers };
    println!("{origin}/");
    let router = Router::new().fallback(answer).with_state(Arc::new(site));
    let ended = async {
        // Without a signal handler, the process ends with the signal itself.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    axum::serve(listener, router).with_graceful_shutdown(ended).await.map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// A range is answered with the whole file, as RFC 9110 §14.2 allows.
async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = site.error(StatusCode::METHOD_NOT_ALLOWED).await;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match site.file(path, request.headers()).await {
        Some(response) => response,
        None => site.error(StatusCode::NOT_FOUND).await,
    }
}

impl Site {
    async fn file(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let name = file_name(path)?;
        let body = fs::read(self.folder.join(&name)).await.ok()?;
        let (encoding, body) = self.encoded(&name, body, request).await;
        let mut response = respond(StatusCode::OK, self.headers.for_file(path));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        *response.body_mut() = Body::from(body);
        Some(response)
    }

    /// The first compressed copy that the request accepts, or else the file itself.
    async fn encoded(&self, name: &str, body: Vec<u8>, request: &HeaderMap) -> (Option<&'static str>, Vec<u8>) {
        for (encoding, extension) in [("br", "br"), ("gzip", "gz")] {
            if accepts(request, encoding)
                && let Ok(compressed) = fs::read(self.folder.join(format!("{name}.{extension}"))).await
            {
                return (Some(encoding), compressed);
            }
        }
        (None, body)
    }

    async fn error(&self, status: StatusCode) -> Response {
        let body = fs::read(self.folder.join("404.html")).await.unwrap_or_default();
        let mut response = respond(status, self.headers.for_error());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type("/404.html")));
        *response.body_mut() = Body::from(body);
        response
    }
}

fn respond(status: StatusCode, headers: Vec<Header>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    for (name, value) in headers {
        let value = value.parse().expect("the values of the header profile are valid");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

/// The file of a path. Plain names only: no path outside of the folder, and no hidden file.
fn file_name(path: &str) -> Option<String> {
    let name = if path == "/" { "index.html" } else { path.strip_prefix('/')? };
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '%', ':']);
    let is_inside = Path::new(name).is_relative() && name.split('/').all(is_plain);
    is_inside.then(|| name.to_owned())
}

/// Whether the request accepts a content coding. A weight of zero refuses it (RFC 9110 §12.5.3).
fn accepts(request: &HeaderMap, coding: &str) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case(coding) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_plain_file_below_the_folder() {
        assert_eq!(file_name("/").as_deref(), Some("index.html"));
        assert_eq!(file_name("/embed/acs-sign-in.js").as_deref(), Some("embed/acs-sign-in.js"));
        for path in ["/../Cargo.toml", "/.env", "//etc/passwd", "/%2e%2e/x", "/a\\b", "/embed/", "*"] {
            assert_eq!(file_name(path), None, "{path}");
        }
    }

    #[test]
    fn a_weight_of_zero_refuses_a_content_coding() {
        let request = |value: &'static str| HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        assert!(accepts(&request("gzip, br;q=0.5"), "br"));
        assert!(!accepts(&request("gzip, br;q=0"), "br"));
        assert!(!accepts(&request("gzip"), "br"));
    }
}
