//! The errors of Microsoft Graph, in its envelope.

use axum::{http::StatusCode, response::Response};
use serde_json::json;

use crate::{Emulator, date::entra_timestamp, response};

/// Why Graph refuses a request. The codes are those that Microsoft documents or that users report.
#[derive(Debug, PartialEq)]
pub(crate) enum GraphError {
    /// The property or the value of a body is not valid.
    BadRequest(String),
    /// The scopes of the token or the roles of the person do not allow it.
    Denied,
    /// An object with the same key exists.
    Exists(String),
    /// The `$filter` or another query option cannot be read, or Graph does not support it.
    QueryUnsupported(String),
    /// A service principal needs an application with this id, which can be too new to be visible.
    NoBackingApplication(String),
    /// No object has this id, or it is too new to be visible.
    NotFound(String),
    /// Graph has no such path.
    SegmentUnknown(String),
    /// The token is not valid. The text is that of Graph.
    Token(&'static str),
}

impl GraphError {
    /// Writes the response, with a new request id.
    ///
    /// ```json
    /// { "error": { "code": "Request_BadRequest", "message": "…", "innerError": { "request-id": "…" } } }
    /// ```
    pub(crate) fn respond(&self, emulator: &Emulator) -> Response {
        let (status, code, message) = match self {
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "Request_BadRequest", message.clone()),
            Self::Denied => (
                StatusCode::FORBIDDEN,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.".to_owned(),
            ),
            Self::Exists(message) => (StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue", message.clone()),
            Self::QueryUnsupported(message) => (StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message.clone()),
            Self::NoBackingApplication(id) => (
                StatusCode::BAD_REQUEST,
                "NoBackingApplicationObject",
                format!("The appId '{id}' of the service principal does not reference a valid application object."),
            ),
            Self::NotFound(id) => (
                StatusCode::NOT_FOUND,
                "Request_ResourceNotFound",
                format!(
                    "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
                ),
            ),
            Self::SegmentUnknown(path) => {
                (StatusCode::BAD_REQUEST, "BadRequest", format!("Resource not found for the segment '{path}'."))
            }
            Self::Token(message) => (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", (*message).to_owned()),
        };
        let request = emulator.random().guid("graph request");
        let inner = json!({
            "date": entra_timestamp(emulator.entra_now()),
            "request-id": request,
            "client-request-id": request,
        });
        response::json(status, &json!({ "error": { "code": code, "message": message, "innerError": inner } }))
    }
}
