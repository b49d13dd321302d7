//! The errors of ACS. "Recorded" marks bodies that were recorded from the real service.

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::Response,
};
use serde_json::json;

use crate::response;

/// An error of ACS. Its body:
///
/// ```json
/// { "error": { "code": "ValidationError", "message": "AppId: The AppId field is required.", "target": "AppId" } }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AcsError {
    /// The token was issued to another application than `appId`. Recorded.
    AppIdMismatch,
    /// A member of an assignment is missing or invalid. Invented.
    AssignmentIncomplete,
    /// The content type of a patch is not `application/merge-patch+json`. Invented.
    MediaTypeUnsupported,
    /// The object id has no assignment. Invented.
    NoSuchAssignment,
    /// The identity does not exist. Invented.
    NoSuchIdentity,
    /// No assignment covers the person and the application. The status is known, the body is invented.
    NotAssigned,
    /// The query has no `api-version`, or more than one.
    ApiVersionMissing,
    /// The operation does not exist in this `api-version`.
    ApiVersionUnsupported,
    /// The body is not the expected JSON object.
    BodyMalformed,
    /// The date of the request differs from the clock by more than five minutes.
    ClockSkew,
    /// The body is not the signed one. Known from Microsoft's issue threads.
    ContentHashMismatch,
    /// The signature or the bearer token is missing or wrong.
    Denied,
    /// A member has a wrong format. Recorded.
    FieldFormat { field: &'static str, target: &'static str },
    /// A member is missing or empty. Recorded.
    FieldRequired { field: &'static str },
    /// The token is that of a guest. Invented: the response of ACS is not known.
    GuestRefused,
    /// The path or the method does not exist.
    NotFound,
    /// The Entra token is not valid for this exchange. Recorded.
    TokenInvalid,
    /// The rate limit is reached. `retry_after` is in seconds.
    TooManyRequests { retry_after: u64 },
    /// The person has no Teams license. Invented: the response of ACS is not known.
    Unlicensed,
    /// The token was issued for another person than `userId`. Recorded.
    UserIdMismatch,
}

impl AcsError {
    /// The response with the error's body.
    pub(crate) fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code(), "message": self.message() });
        if let Some(target) = self.target() {
            error["target"] = target.into();
        }
        let mut response = response::json(self.status(), &json!({ "error": error }));
        if let Self::TooManyRequests { retry_after } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after));
        }
        response
    }

    fn status(self) -> StatusCode {
        match self {
            Self::ClockSkew | Self::ContentHashMismatch | Self::Denied | Self::TokenInvalid => StatusCode::UNAUTHORIZED,
            Self::GuestRefused | Self::NotAssigned | Self::Unlicensed => StatusCode::FORBIDDEN,
            Self::MediaTypeUnsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoSuchAssignment | Self::NoSuchIdentity | Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::ApiVersionMissing => "MissingApiVersionParameter",
            Self::ApiVersionUnsupported => "UnsupportedApiVersionValue",
            Self::ClockSkew | Self::ContentHashMismatch | Self::Denied => "Denied",
            Self::GuestRefused | Self::NotAssigned | Self::Unlicensed => "Forbidden",
            Self::MediaTypeUnsupported => "UnsupportedMediaType",
            Self::NoSuchAssignment | Self::NoSuchIdentity | Self::NotFound => "NotFound",
            Self::TokenInvalid => "InvalidAccessToken",
            Self::TooManyRequests { .. } => "TooManyRequests",
            _ => "ValidationError",
        }
    }

    fn message(self) -> String {
        let fixed = match self {
            Self::FieldFormat { field, .. } => return format!("Provided {field} has invalid format."),
            Self::FieldRequired { field } => return format!("{field}: The {field} field is required."),
            Self::AppIdMismatch => "AAD application is not the expected one.",
            Self::ApiVersionMissing => "The api-version query parameter is required for all requests.",
            Self::ApiVersionUnsupported => "The api-version is not supported.",
            Self::AssignmentIncomplete => {
                "An assignment has a tenantId, a principalType (user, group or tenant) and clientIds; all ids are GUIDs."
            }
            Self::BodyMalformed => "The request body is not the expected JSON object.",
            Self::ClockSkew => {
                "The time difference between the originating client and the server is greater than the allowed margin of 5 minutes."
            }
            Self::ContentHashMismatch => "Request 'x-ms-content-sha256' differs from generated content hash.",
            Self::Denied => "Denied by the resource provider.",
            Self::GuestRefused => "The user is a guest in the tenant that issued the token.",
            Self::MediaTypeUnsupported => "The content type must be application/merge-patch+json.",
            Self::NoSuchAssignment => "There is no assignment for this object id.",
            Self::NoSuchIdentity => "There is no such identity.",
            Self::NotAssigned => "The user is not assigned to the resource with this client id.",
            Self::NotFound => "The emulator has no such resource.",
            Self::TokenInvalid => "Provided access token is not valid.",
            Self::TooManyRequests { .. } => "Too many requests.",
            Self::Unlicensed => "The user has no Teams license.",
            Self::UserIdMismatch => "Provided AAD token issued for unexpected user.",
        };
        fixed.to_owned()
    }

    /// The member of the request that is wrong. The capitalization varies as it does on the real service.
    fn target(self) -> Option<&'static str> {
        match self {
            Self::AppIdMismatch => Some("appId"),
            Self::FieldFormat { target, .. } => Some(target),
            Self::FieldRequired { field } => Some(field),
            Self::UserIdMismatch => Some("userId"),
            _ => None,
        }
    }
}
