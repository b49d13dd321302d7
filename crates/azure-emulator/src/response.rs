//! The kinds of responses that both services send.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::Response,
};
use serde_json::Value;

/// A response with a JSON body.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    with_body(status, HeaderValue::from_static("application/json; charset=utf-8"), body.to_string())
}

/// A response with an HTML page.
pub(crate) fn html(status: StatusCode, page: String) -> Response {
    with_body(status, HeaderValue::from_static("text/html; charset=utf-8"), page)
}

/// A redirect with 302, which Entra sends after a form as well.
pub(crate) fn redirect(uri: &str) -> Response {
    let mut response = Response::new(Body::empty());
    // Registered addresses and form-encoded parameters are printable ASCII. Anything else is not a redirect URI.
    match HeaderValue::try_from(uri) {
        Ok(location) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn with_body(status: StatusCode, content_type: HeaderValue, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
