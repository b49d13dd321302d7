use axum::{
    body::Body,
    http::{StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde_json::Value;

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const JSON: &str = "application/json; charset=utf-8";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

pub(super) fn respond(status: StatusCode, kind: &'static str, text: impl Into<String>) -> Response {
    let response = Response::builder().status(status).header(CONTENT_TYPE, kind);
    response.body(Body::from(text.into())).expect("a constant content type is a valid header")
}

pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    respond(status, JSON, value.to_string())
}

/// The page of Express for an unhandled error, with its stack.
pub(super) fn express_error(status: StatusCode, error: &str) -> Response {
    let stack = "<br> &nbsp; &nbsp;at /srv/server.js:61:19<br> &nbsp; &nbsp;at process.processTicksAndRejections";
    let error = error.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n\
         <pre>{error}{stack}</pre>\n</body>\n</html>\n"
    );
    respond(status, HTML, page)
}
