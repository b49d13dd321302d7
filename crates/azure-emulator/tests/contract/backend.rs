//! The requests of a trusted backend to ACS, signed with the access key.

use aws_lc_rs::{digest, hmac};
use axum::{
    body::Body,
    http::{Method, Request},
};
use azure_emulator::ACCESS_KEY;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::browser::{Browser, Response, oneshot};

/// `browser::NOW` as an HTTP date.
pub(crate) const DATE: &str = "Sat, 21 Nov 2026 08:00:00 GMT";

/// Sends a signed request with the current date and JSON.
pub(crate) async fn signed(browser: &Browser, method: Method, path: &str, body: &str) -> Response {
    signed_with(browser, DATE, "application/json", method, path, body).await
}

/// Sends a signed request with another date or content type.
pub(crate) async fn signed_with(
    browser: &Browser,
    date: &str,
    content_type: &str,
    method: Method,
    path: &str,
    body: &str,
) -> Response {
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, body.as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(ACCESS_KEY).unwrap());
    let signature = hmac::sign(&key, format!("{method}\n{path}\n{date};localhost:8402;{hash}").as_bytes());
    let signature = STANDARD.encode(signature);
    let authorization = format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:8402")
        .header("content-type", content_type)
        .header("x-ms-date", date)
        .header("x-ms-content-sha256", hash)
        .header("authorization", authorization)
        .header("x-ms-client-request-id", "the client's id")
        .header("x-ms-return-client-request-id", "true");
    oneshot(browser.emulator.acs_router(), request.body(Body::from(body.to_owned())).unwrap()).await
}
