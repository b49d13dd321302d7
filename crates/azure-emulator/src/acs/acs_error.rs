//! Every way in which ACS says no. The bodies marked "recorded" are those of the real service.

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::Response,
};
use serde_json::json;

use crate::reply;

/// A refusal of ACS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AcsError {
    /// Recorded.
    AppIdMismatch,
    /// Invented, and so are the next three: a member is missing or is not what it should be.
    AssignmentIncomplete,
    MediaTypeUnsupported,
    NoSuchAssignment,
    NoSuchIdentity,
    /// The status is known, the body is invented.
    NotAssigned,
    ApiVersionMissing,
    ApiVersionUnsupported,
    BodyMalformed,
    ClockSkew,
    /// Documented by Microsoft's own issue threads.
    ContentHashMismatch,
    Denied,
    /// Recorded.
    FieldFormat {
        field: &'static str,
        target: &'static str,
    },
    /// Recorded.
    FieldRequired {
        field: &'static str,
    },
    /// Invented: what ACS answers for a guest's token is not known.
    GuestRefused,
    NotFound,
    /// Recorded.
    TokenInvalid,
    TooManyRequests {
        retry_after: u64,
    },
    /// Invented: what ACS answers for an unlicensed person is not known.
    Unlicensed,
    /// Recorded.
    UserIdMismatch,
}

impl AcsError {
    pub(crate) fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code(), "message": self.message() });
        if let Some(target) = self.target() {
            error["target"] = target.into();
        }
        let mut response = reply::json(self.status(), &json!({ "error": error }));
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

    /// The member that is at fault. The capitals vary on the real service too.
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
