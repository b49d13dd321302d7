//! Why ACS issued no token.

use std::time::Duration;

use crate::net::outbound::NoAnswer;

/// Why ACS did not issue a token. Each variant has a different owner: caller, operator or Microsoft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AcsRefusal {
    /// A1 is for another application than A3.
    ApplicationMismatch,
    /// Neither a token nor a refusal that ACS documents.
    AnswerUnreadable,
    /// This Entra ID user has no access to the resource.
    AssignmentMissing,
    /// Too many requests.
    Busy { retry_after: Option<Duration> },
    /// A1 is expired, malformed, or for another audience.
    EntraTokenRefused,
    /// All that ACS allows is used up: it was not asked.
    OverAllowance { retry_after: Duration },
    /// This tenant's part of what ACS allows is used up: it was not asked.
    OverTenantsPart { retry_after: Duration },
    /// The service got no token for its own identity: ACS was not asked.
    ServiceIdentityUnavailable,
    /// C is not good: key, host or clock.
    ServiceRefused,
    /// No answer in time.
    TimedOut,
    /// It answered that it fails.
    Unavailable { retry_after: Option<Duration> },
    /// No connection, or one that broke.
    Unreachable,
    /// A1 is of another person than A2.
    UserMismatch,
}

impl From<NoAnswer> for AcsRefusal {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Unreachable => Self::Unreachable,
            NoAnswer::TimedOut => Self::TimedOut,
            NoAnswer::TooLarge => Self::AnswerUnreadable,
        }
    }
}
