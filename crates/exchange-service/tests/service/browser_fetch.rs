//! `fetch` from a page on another origin: what CORS lets the page read (Fetch standard, 3.2 and 4.8).

use axum::http::{
    HeaderMap, HeaderName, Method,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    },
};

/// Why the page gets a `TypeError` instead of a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    PreflightStatus(u16),
    /// The values of `Access-Control-Allow-Origin` are not exactly the page's origin, once.
    PreflightOrigin(Vec<String>),
    PreflightHeader(String),
    Origin(Vec<String>),
}

/// The part of a response that the page's script can read.
#[derive(Debug)]
pub(crate) struct Readable {
    pub(crate) status: u16,
    /// Only the exposed ones.
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Sends a preflight, and then a `POST` with these headers if the preflight allows it.
pub(crate) async fn post(page: &str, url: &str, headers: &[(&str, &str)], body: String) -> Result<Readable, Blocked> {
    let client = reqwest::Client::new();
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let preflight = client
        .request(Method::OPTIONS, url)
        .header(ORIGIN, page)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, names.join(","));
    let preflight = preflight.send().await.unwrap();
    let origins = texts(preflight.headers(), &ACCESS_CONTROL_ALLOW_ORIGIN);
    if origins != [page] {
        return Err(Blocked::PreflightOrigin(origins));
    }
    if !preflight.status().is_success() {
        return Err(Blocked::PreflightStatus(preflight.status().as_u16()));
    }
    let allowed = list(preflight.headers(), &ACCESS_CONTROL_ALLOW_HEADERS);
    if let Some(name) = names.iter().find(|name| !allowed.iter().any(|allowed| allowed == *name)) {
        return Err(Blocked::PreflightHeader((*name).to_owned()));
    }

    let request = headers
        .iter()
        .fold(client.post(url).header(ORIGIN, page), |request, (name, value)| request.header(*name, *value));
    let response = request.body(body).send().await.unwrap();
    let origins = texts(response.headers(), &ACCESS_CONTROL_ALLOW_ORIGIN);
    if origins != [page] {
        return Err(Blocked::Origin(origins));
    }
    let exposed = list(response.headers(), &ACCESS_CONTROL_EXPOSE_HEADERS);
    let is_exposed = |name: &HeaderName| exposed.iter().any(|exposed| exposed == name.as_str());
    let readable = response.headers().iter().filter(|(name, _)| is_exposed(name));
    let headers = readable.map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Readable { status: response.status().as_u16(), headers, body: response.text().await.unwrap() })
}

fn texts(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

fn list(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let items = texts(headers, name).join(",");
    items.split(',').map(|item| item.trim().to_ascii_lowercase()).collect()
}
