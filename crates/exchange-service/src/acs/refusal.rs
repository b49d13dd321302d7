//! Why ACS issued no token.

use std::time::Duration;

use crate::net::outbound::NoResponse;

/// Why ACS did not issue a token. Each variant has a different owner: caller, operator or Microsoft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AcsRefusal {
    /// A1 is for another application than A3.
    ApplicationMismatch,
    /// The response has neither a token nor a refusal that ACS documents.
    AnswerUnreadable,
    /// This Entra ID user has no access to the resource.
    AssignmentMissing,
    /// ACS limits the requests (429).
    Busy { retry_after: Option<Duration> },
    /// A1 is expired, malformed, or for another audience.
    EntraTokenRefused,
    /// The allowance of all tenants is used up. No request was sent.
    OverAllowance { retry_after: Duration },
    /// The tenant's part of the allowance is used up. No request was sent.
    OverTenantsPart { retry_after: Duration },
    /// The service got no token for its own identity. No request was sent.
    ServiceIdentityUnavailable,
    /// ACS refuses C: the key, the host or the clock is wrong.
    ServiceRefused,
    /// No response in time.
    TimedOut,
    /// ACS responded that it fails.
    Unavailable { retry_after: Option<Duration> },
    /// The connection failed or broke.
    Unreachable,
    /// A1 is of another person than A2.
    UserMismatch,
}

impl From<NoResponse> for AcsRefusal {
    fn from(no_answer: NoResponse) -> Self {
        match no_answer {
            NoResponse::Unreachable => Self::Unreachable,
            NoResponse::TimedOut => Self::TimedOut,
            NoResponse::TooLarge => Self::AnswerUnreadable,
        }
    }
}
