use messages::json::{self, Malformed};
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

impl ExchangeProblem {
    /// Reads a body.
    ///
    /// # Errors
    /// If it is not the JSON of a refusal.
    pub fn from_json(body: &str) -> Result<Self, Malformed> {
        let mut body = json::read_members(body, &["type", "title", "status", "code", "correlationId"])?;
        let status = body.take("status").as_u64().and_then(|status| status.try_into().ok());
        let problem = Self {
            kind: body.text("type"),
            title: body.text("title"),
            status: body.require(status).unwrap_or_default(),
            code: ExchangeProblemCode::from_code(&body.text("code")),
            correlation_id: body.text("correlationId"),
        };
        body.finish().map(|()| problem)
    }
}

macro_rules! problem_codes {
    ($( $(#[$doc:meta])* $name:ident = $status:literal, $code:literal, $title:literal; )*) => {
        /// Why the exchange service refused. The names are stable: pages branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
        pub enum ExchangeProblemCode {
            $( $(#[$doc])* #[serde(rename = $code)] $name, )*
            /// A code that a newer service sends and this build does not know.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ExchangeProblemCode {
            /// The codes that this build knows.
            pub const ALL: &[Self] = &[$( Self::$name, )*];

            /// The code with this text.
            fn from_code(text: &str) -> Self {
                Self::ALL.iter().copied().find(|code| code.code() == text).unwrap_or(Self::Unknown)
            }

            /// The code, as on the wire.
            pub const fn code(self) -> &'static str {
                match self {
                    $( Self::$name => $code, )*
                    Self::Unknown => "unknown",
                }
            }

            /// The HTTP status of a response with this code.
            pub const fn status(self) -> u16 {
                match self {
                    $( Self::$name => $status, )*
                    Self::Unknown => Self::Internal.status(),
                }
            }

            /// One sentence for a person who reads the raw response.
            pub const fn title(self) -> &'static str {
                match self {
                    $( Self::$name => $title, )*
                    // A service sends only the codes of its own build.
                    Self::Unknown => Self::Internal.title(),
                }
            }
        }
    };
}

problem_codes! {
    /// ACS knows A1, but it was issued to another application than the service's configured client id (A3).
    ApplicationMismatch = 422, "application_mismatch", "The Entra token was issued to another application.";
    /// The response of ACS has no token that is valid now.
    AcsAnswerUnreadable = 502, "acs_answer_unreadable", "Communication Services gave no usable response.";
    /// ACS limits the requests. `Retry-After` says how long to pause.
    AcsBusy = 503, "acs_busy", "Communication Services asks for a pause.";
    /// ACS refused the service itself (key, host or clock). Only its operator can fix it.
    AcsRefusedService = 502, "acs_refused_service", "Communication Services refused this service.";
    /// ACS did not respond in time.
    AcsTimeout = 504, "acs_timeout", "Communication Services did not answer in time.";
    /// ACS could not be reached, or failed.
    AcsUnavailable = 503, "acs_unavailable", "Communication Services cannot be reached.";
    /// ACS has no assignment for this Entra ID user with this application.
    AssignmentMissing = 403, "assignment_missing", "This person has no access to the communication resource.";
    /// The audit record of the exchange could not be queued, so the exchange was not made. `Retry-After` says how long
    /// to pause.
    AuditUnavailable = 503, "audit_unavailable", "This service cannot record an exchange at the moment.";
    /// B is missing or was refused. Only the service's log has the reason.
    CallerTokenRefused = 401, "caller_token_refused", "The caller's token is missing or was refused.";
    /// ACS refused A1: expired, malformed, or for another audience.
    EntraTokenRefused = 422, "entra_token_refused", "Communication Services refused the Entra token.";
    /// A defect of the service.
    Internal = 500, "internal", "A defect of this service.";
    /// The keys of B's issuer cannot be fetched.
    KeysUnavailable = 503, "keys_unavailable", "The keys of the token's issuer cannot be had.";
    /// This mailbox already has a response.
    MailboxFilled = 409, "mailbox_filled", "This mailbox already holds a response.";
    /// The key is not that of this mailbox.
    MailboxKeyRefused = 401, "mailbox_key_refused", "This is not the mailbox's key.";
    /// The store of the mailboxes cannot be reached.
    MailboxUnavailable = 503, "mailbox_unavailable", "The mailboxes cannot be reached.";
    /// The body does not match the contract.
    MalformedRequest = 400, "malformed_request", "The body is not what this route takes.";
    /// The route does not accept this method. `Allow` lists the accepted ones.
    MethodNotAllowed = 405, "method_not_allowed", "This route does not know the method.";
    /// The route or the mailbox does not exist, or the mailbox has expired.
    NotFound = 404, "not_found", "There is nothing here.";
    /// The request comes from an origin that is not configured.
    OriginNotAllowed = 403, "origin_not_allowed", "This origin is not configured.";
    /// The maximum number of exchanges is in flight. `Retry-After` says how long to pause.
    Overloaded = 503, "overloaded", "Too many requests at once.";
    /// This person or this address sent too many requests. `Retry-After` says how long to pause.
    RateLimited = 429, "rate_limited", "Too many requests from here, or for this person.";
    /// The request was not complete in time.
    RequestTimeout = 408, "request_timeout", "The request was not finished in time.";
    /// The service got no token for its own identity, which it needs for ACS. Only its operator can fix it.
    ServiceIdentityUnavailable = 503, "service_identity_unavailable", "This service got no token for its own identity.";
    /// B is valid, but the person must sign in again with a stronger method. `WWW-Authenticate` has the claims to
    /// request.
    StepUpRequired = 401, "step_up_required", "The person must sign in again, in the way that is asked for.";
    /// The body or a header is larger than any token.
    TooLarge = 413, "too_large", "The body, or a token, is larger than any.";
    /// The body is not of the media type that the route accepts.
    UnsupportedMediaType = 415, "unsupported_media_type", "The body is of another type than this route takes.";
    /// A1 is for another person than B.
    UserMismatch = 422, "user_mismatch", "The Entra token was issued to another person.";
}
