//! The headers of pages, and the headers of every response.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Extension,
    extract::Request,
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS},
    },
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    Emulator,
    entra::pages::{STYLE, SUBMIT},
};

/// Adds the headers of pages and redirects that a person sees.
pub(super) async fn for_pages(Extension(emulator): Extension<Emulator>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Without `form-action`: the response to a form redirects to the application, and Chromium checks that redirect,
    // too.
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SUBMIT),
    );
    let policy = HeaderValue::try_from(policy).expect("a base64 hash fits into a header");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if emulator.faults().coop.unwrap_or(emulator.options().coop) {
        // Cuts `window.opener`, which Entra has announced for new applications.
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    }
    response
}

/// Adds `x-ms-request-id`, which Entra sends with every response.
pub(super) async fn for_all_responses(
    Extension(emulator): Extension<Emulator>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let id = HeaderValue::try_from(emulator.random().guid("request")).expect("a GUID fits into a header");
    response.headers_mut().insert(HeaderName::from_static("x-ms-request-id"), id);
    response
}
