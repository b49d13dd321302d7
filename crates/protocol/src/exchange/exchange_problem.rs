use serde::{Deserialize, Serialize};

/// The body of a refusal by our exchange service: RFC 9457 `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeProblem {
    /// A URI reference that names the problem: `urn:acs-sign-in:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence for a person who reads the raw answer.
    pub title: String,
    /// The HTTP status, again.
    pub status: u16,
    /// The stable code.
    pub code: ExchangeProblemCode,
    /// Finds this request in the service's log. The same value as the header `x-correlation-id`.
    pub correlation_id: String,
}

/// Why the exchange service refused. The names are stable: pages branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExchangeProblemCode {
    /// 422: ACS knows A1, but it was issued to another application than the service's configured client id (A3).
    ApplicationMismatch,
    /// 502: ACS answered what cannot be read as a token that is still good.
    AcsAnswerUnreadable,
    /// 503: ACS asks for a pause; `Retry-After` says how long.
    AcsBusy,
    /// 502: ACS refused the service itself (key, host or clock). Only its operator can mend it.
    AcsRefusedService,
    /// 504: ACS did not answer in time.
    AcsTimeout,
    /// 503: ACS could not be reached, or failed.
    AcsUnavailable,
    /// 403: ACS has no assignment for this Entra ID user with this application.
    AssignmentMissing,
    /// 503: the audit record of the exchange could not be queued, so the exchange was not made. `Retry-After` says how long
    /// to pause.
    AuditUnavailable,
    /// 401: B is missing or was refused. The reason is in the service's log and nowhere else.
    CallerTokenRefused,
    /// 422: ACS refused A1: expired, malformed, or for another audience.
    EntraTokenRefused,
    /// 500: a defect of the service.
    Internal,
    /// 503: the keys of B's issuer cannot be had.
    KeysUnavailable,
    /// 409: somebody has already left an answer in this mailbox.
    MailboxFilled,
    /// 401: not the key of this mailbox.
    MailboxKeyRefused,
    /// 503: what keeps the mailboxes cannot be reached.
    MailboxUnavailable,
    /// 400: the body is not the contract's.
    MalformedRequest,
    /// 405: the route does not know this method; `Allow` says which it knows.
    MethodNotAllowed,
    /// 404: no such route, or no such mailbox any more.
    NotFound,
    /// 403: the request comes from an origin that is not configured.
    OriginNotAllowed,
    /// 503: the service has as many requests as it takes. `Retry-After` says how long to pause.
    Overloaded,
    /// 429: this person, or this address, has asked too often. `Retry-After` says how long to pause.
    RateLimited,
    /// 408: the request was not finished in time.
    RequestTimeout,
    /// 503: the service's own identity, by which ACS would know it, gave no token. Only its operator can mend it.
    ServiceIdentityUnavailable,
    /// 401: B is good, but its person must sign in again in a stronger way. `WWW-Authenticate` has the claims to ask for.
    StepUpRequired,
    /// 413: the body or a header is larger than any token.
    TooLarge,
    /// 415: the body is not of the type that the route takes.
    UnsupportedMediaType,
    /// 422: A1 was issued for another person than B.
    UserMismatch,
    /// A code that a newer service sends and this build does not know.
    #[serde(other)]
    Unknown,
}
