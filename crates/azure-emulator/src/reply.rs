//! The three kinds of answers that both services give.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::Response,
};
use serde_json::Value;

pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    with_body(status, HeaderValue::from_static("application/json; charset=utf-8"), body.to_string())
}

pub(crate) fn html(status: StatusCode, page: String) -> Response {
    with_body(status, HeaderValue::from_static("text/html; charset=utf-8"), page)
}

/// Entra redirects with 302, after a form as well.
pub(crate) fn redirect(uri: &str) -> Response {
    let mut response = Response::new(Body::empty());
    // A registered address and a form-encoded answer are printable ASCII; anything else is not followed.
    match HeaderValue::try_from(uri) {
        Ok(location) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}

fn with_body(status: StatusCode, content_type: HeaderValue, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
