use serde::{Deserialize, Serialize};

/// The body of a refusal by our exchange service: RFC 9457 `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeProblem {
    /// A URI reference that names the problem: `urn:acs-sign-in:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence for a person who reads the raw response.
    pub title: String,
    /// The HTTP status of the response, repeated.
    pub status: u16,
    /// The stable code.
    pub code: ExchangeProblemCode,
    /// Identifies this request in the service's log. The same value as the header `x-correlation-id`.
    pub correlation_id: String,
}

/// Why the exchange service refused. The names are stable: pages branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeProblemCode {
    /// 422: ACS knows A1, but it was issued to another application than the service's configured client id (A3).
    ApplicationMismatch,
    /// 502: the response of ACS has no token that is valid now.
    AcsAnswerUnreadable,
    /// 503: ACS limits the requests. `Retry-After` says how long to pause.
    AcsBusy,
    /// 502: ACS refused the service itself (key, host or clock). Only its operator can fix it.
    AcsRefusedService,
    /// 504: ACS did not respond in time.
    AcsTimeout,
    /// 503: ACS could not be reached, or failed.
    AcsUnavailable,
    /// 403: ACS has no assignment for this Entra ID user with this application.
    AssignmentMissing,
    /// 503: the audit record of the exchange could not be queued, so the exchange was not made. `Retry-After` says how
    /// long to pause.
    AuditUnavailable,
    /// 401: B is missing or was refused. Only the service's log has the reason.
    CallerTokenRefused,
    /// 422: ACS refused A1: expired, malformed, or for another audience.
    EntraTokenRefused,
    /// 500: a defect of the service.
    Internal,
    /// 503: the keys of B's issuer cannot be fetched.
    KeysUnavailable,
    /// 409: this mailbox already has a response.
    MailboxFilled,
    /// 401: the key is not that of this mailbox.
    MailboxKeyRefused,
    /// 503: the store of the mailboxes cannot be reached.
    MailboxUnavailable,
    /// 400: the body does not match the contract.
    MalformedRequest,
    /// 405: the route does not accept this method. `Allow` lists the accepted ones.
    MethodNotAllowed,
    /// 404: the route or the mailbox does not exist, or the mailbox has expired.
    NotFound,
    /// 403: the request comes from an origin that is not configured.
    OriginNotAllowed,
    /// 503: the maximum number of exchanges is in flight. `Retry-After` says how long to pause.
    Overloaded,
    /// 429: this person or this address sent too many requests. `Retry-After` says how long to pause.
    RateLimited,
    /// 408: the request was not complete in time.
    RequestTimeout,
    /// 503: the service got no token for its own identity, which it needs for ACS. Only its operator can fix it.
    ServiceIdentityUnavailable,
    /// 401: B is valid, but the person must sign in again with a stronger method. `WWW-Authenticate` has the claims to
    /// request.
    StepUpRequired,
    /// 413: the body or a header is larger than any token.
    TooLarge,
    /// 415: the body is not of the media type that the route accepts.
    UnsupportedMediaType,
    /// 422: A1 is for another person than B.
    UserMismatch,
    /// A code that a newer service sends and this build does not know.
    #[serde(other)]
    Unknown,
}

impl ExchangeProblemCode {
    /// The code, as on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ApplicationMismatch => "application_mismatch",
            Self::AcsAnswerUnreadable => "acs_answer_unreadable",
            Self::AcsBusy => "acs_busy",
            Self::AcsRefusedService => "acs_refused_service",
            Self::AcsTimeout => "acs_timeout",
            Self::AcsUnavailable => "acs_unavailable",
            Self::AssignmentMissing => "assignment_missing",
            Self::AuditUnavailable => "audit_unavailable",
            Self::CallerTokenRefused => "caller_token_refused",
            Self::EntraTokenRefused => "entra_token_refused",
            Self::Internal => "internal",
            Self::KeysUnavailable => "keys_unavailable",
            Self::MailboxFilled => "mailbox_filled",
            Self::MailboxKeyRefused => "mailbox_key_refused",
            Self::MailboxUnavailable => "mailbox_unavailable",
            Self::MalformedRequest => "malformed_request",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NotFound => "not_found",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::Overloaded => "overloaded",
            Self::RateLimited => "rate_limited",
            Self::RequestTimeout => "request_timeout",
            Self::ServiceIdentityUnavailable => "service_identity_unavailable",
            Self::StepUpRequired => "step_up_required",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::UserMismatch => "user_mismatch",
            Self::Unknown => "unknown",
        }
    }

    /// The HTTP status of a response with this code.
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedRequest => 400,
            Self::CallerTokenRefused | Self::MailboxKeyRefused | Self::StepUpRequired => 401,
            Self::AssignmentMissing | Self::OriginNotAllowed => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::MailboxFilled => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::ApplicationMismatch | Self::EntraTokenRefused | Self::UserMismatch => 422,
            Self::RateLimited => 429,
            Self::Internal | Self::Unknown => 500,
            Self::AcsAnswerUnreadable | Self::AcsRefusedService => 502,
            Self::AcsBusy
            | Self::AcsUnavailable
            | Self::AuditUnavailable
            | Self::KeysUnavailable
            | Self::MailboxUnavailable
            | Self::Overloaded
            | Self::ServiceIdentityUnavailable => 503,
            Self::AcsTimeout => 504,
        }
    }

    /// One sentence for a person who reads the raw response.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ApplicationMismatch => "The Entra token was issued to another application.",
            Self::AcsAnswerUnreadable => "Communication Services gave no usable answer.",
            Self::AcsBusy => "Communication Services asks for a pause.",
            Self::AcsRefusedService => "Communication Services refused this service.",
            Self::AcsTimeout => "Communication Services did not answer in time.",
            Self::AcsUnavailable => "Communication Services cannot be reached.",
            Self::AssignmentMissing => "This person has no access to the communication resource.",
            Self::AuditUnavailable => "This service cannot record an exchange at the moment.",
            Self::CallerTokenRefused => "The caller's token is missing or was refused.",
            Self::EntraTokenRefused => "Communication Services refused the Entra token.",
            Self::KeysUnavailable => "The keys of the token's issuer cannot be had.",
            Self::MailboxFilled => "This mailbox already holds an answer.",
            Self::MailboxKeyRefused => "This is not the mailbox's key.",
            Self::MailboxUnavailable => "The mailboxes cannot be reached.",
            Self::MalformedRequest => "The body is not what this route takes.",
            Self::MethodNotAllowed => "This route does not know the method.",
            Self::NotFound => "There is nothing here.",
            Self::OriginNotAllowed => "This origin is not configured.",
            Self::Overloaded => "Too many requests at once.",
            Self::RateLimited => "Too many requests from here, or for this person.",
            Self::RequestTimeout => "The request was not finished in time.",
            Self::ServiceIdentityUnavailable => "This service got no token for its own identity.",
            Self::StepUpRequired => "The person must sign in again, in the way that is asked for.",
            Self::TooLarge => "The body, or a token, is larger than any.",
            Self::UnsupportedMediaType => "The body is of another type than this route takes.",
            Self::UserMismatch => "The Entra token was issued to another person.",
            // A service sends only the codes of its own build.
            Self::Internal | Self::Unknown => "A defect of this service.",
        }
    }
}
