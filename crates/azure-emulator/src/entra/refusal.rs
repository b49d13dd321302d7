//! The errors of Entra: AADSTS number, OAuth error and message in Entra's format.

mod message;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    date::entra_timestamp,
    fault::{AuthorizationError, TokenError},
    guid::is_guid,
    parameters::Repeated,
    random::Random,
    registrations::Resource,
};

/// The claims challenge of conditional access. The client must send it as `claims` of a new authorization request.
pub(crate) const CLAIMS: &str =
    r#"{"access_token":{"capolids":{"essential":true,"values":["ca900000-0000-4000-8000-000000000001"]}}}"#;

/// An error of Entra. The names follow the cause; the numbers are in [`Refusal::kind`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    AccountForeign {
        username: &'static str,
        tenant: &'static str,
    },
    ApplicationUnknown {
        client_id: String,
        tenant: &'static str,
    },
    /// A published error of the authorization endpoint, set by a fault.
    PublishedAtAuthorization(AuthorizationError),
    /// A published error of the token endpoint, set by a fault.
    PublishedAtToken(TokenError),
    ChallengeMalformed,
    ChallengeMethodUnsupported,
    ChallengeMissing,
    ClaimsChallenge,
    CodeExpired,
    CodeOfAnotherTenant,
    CodeRedeemed,
    ConsentDeclined,
    ConsentMissing {
        client_id: &'static str,
    },
    ConsentMissingForToken {
        client_id: &'static str,
    },
    GrantInvalid,
    GrantTypeUnsupported,
    ManyResources,
    MethodNotPost,
    OriginMissing,
    OriginUnexpected,
    ParameterMissing(&'static str),
    ParameterRepeated(String),
    PromptUnsupported,
    RedirectUriDiffers,
    RedirectUriUnknown(String),
    RefreshTokenExpired,
    ResponseModeUnsupported,
    ResponseTypeUnsupported,
    ScopeInvalid(String),
    ScopeNotDefault(String),
    ScopeUnknown {
        scope: String,
        resource: &'static str,
    },
    SecondFactorDenied,
    SecretFromPublicClient,
    SecretMissing,
    SecretWrong {
        client_id: &'static str,
    },
    ServiceMissing {
        tenant: &'static str,
        resource: &'static Resource,
    },
    SessionMissing,
    TenantNotAllowed {
        client_id: &'static str,
    },
    TenantUnknown(String),
    Unassigned {
        client_id: &'static str,
    },
    VerifierMismatch,
}

/// The ids and the time by which Entra's support finds an error.
#[derive(Clone, Debug)]
pub(crate) struct Incident {
    pub(crate) trace_id: String,
    pub(crate) correlation_id: String,
    pub(crate) timestamp: String,
}

impl Refusal {
    /// The number after `AADSTS`.
    pub(crate) fn code(&self) -> u32 {
        self.kind().0
    }

    /// The OAuth error code.
    pub(crate) fn error(&self) -> &'static str {
        self.kind().1
    }

    /// The status of a refused token request. RFC 6749 section 5.2: 401 if the client authentication failed.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SecretMissing | Self::SecretWrong { .. } => StatusCode::UNAUTHORIZED,
            Self::PublishedAtToken(error) => match (self.code(), error.error()) {
                (90055, _) => StatusCode::TOO_MANY_REQUESTS,
                (_, "server_error" | "temporarily_unavailable") => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_REQUEST,
            },
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The `error_description`: `AADSTSnnn: …`, followed by the ids and the time.
    pub(crate) fn description(&self, incident: &Incident) -> String {
        let (code, message) = (self.code(), self.message());
        let Incident { trace_id, correlation_id, timestamp } = incident;
        format!("AADSTS{code}: {message} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}")
    }

    /// The `error_uri`.
    pub(crate) fn uri(&self, entra_url: &str) -> String {
        format!("{entra_url}/error?code={}", self.code())
    }

    /// The body of a refused token request:
    ///
    /// ```json
    /// { "error": "invalid_grant", "error_description": "AADSTS70008: …", "error_codes": [70008], "timestamp": "…",
    ///   "trace_id": "…", "correlation_id": "…", "error_uri": "http://localhost:8401/error?code=70008" }
    /// ```
    pub(crate) fn body(&self, incident: &Incident, entra_url: &str) -> Value {
        let mut body = json!({
            "error": self.error(),
            "error_description": self.description(incident),
            "error_codes": [self.code()],
            "timestamp": incident.timestamp,
            "trace_id": incident.trace_id,
            "correlation_id": incident.correlation_id,
            "error_uri": self.uri(entra_url),
        });
        match self {
            Self::ConsentMissingForToken { .. } => body["suberror"] = "consent_required".into(),
            Self::PublishedAtToken(error) if !error.published().suberror.is_empty() => {
                body["suberror"] = error.published().suberror.into();
            }
            Self::ClaimsChallenge => {
                body["suberror"] = "basic_action".into();
                body["claims"] = CLAIMS.into();
            }
            _ => {}
        }
        body
    }

    /// The number after `AADSTS`, and the OAuth error code.
    fn kind(&self) -> (u32, &'static str) {
        match self {
            Self::AccountForeign { .. } => (50020, "interaction_required"),
            Self::ApplicationUnknown { .. } => (700_016, "unauthorized_client"),
            Self::PublishedAtAuthorization(error) => (error.published().number, error.error()),
            Self::PublishedAtToken(error) => (error.published().number, error.error()),
            Self::ChallengeMalformed => (501_491, "invalid_request"),
            Self::ChallengeMethodUnsupported => (50149, "invalid_request"),
            Self::ChallengeMissing => (9_002_325, "invalid_request"),
            Self::ClaimsChallenge => (50076, "interaction_required"),
            Self::CodeExpired => (70008, "invalid_grant"),
            Self::CodeOfAnotherTenant => (700_005, "invalid_grant"),
            Self::CodeRedeemed => (54005, "invalid_grant"),
            Self::ConsentDeclined => (65004, "access_denied"),
            Self::ConsentMissing { .. } => (65001, "consent_required"),
            Self::ConsentMissingForToken { .. } => (65001, "invalid_grant"),
            Self::GrantInvalid => (70000, "invalid_grant"),
            Self::GrantTypeUnsupported => (70003, "unsupported_grant_type"),
            Self::ManyResources => (28000, "invalid_scope"),
            Self::MethodNotPost => (900_561, "invalid_request"),
            Self::OriginMissing => (9_002_327, "invalid_request"),
            Self::OriginUnexpected => (9_002_326, "invalid_request"),
            Self::ParameterMissing(_) => (900_144, "invalid_request"),
            Self::ParameterRepeated(_) => (9_000_411, "invalid_request"),
            Self::PromptUnsupported => (90023, "invalid_request"),
            Self::RedirectUriDiffers => (500_112, "invalid_client"),
            Self::RedirectUriUnknown(_) => (50011, "invalid_request"),
            Self::RefreshTokenExpired => (700_084, "invalid_grant"),
            Self::ResponseModeUnsupported => (70007, "invalid_request"),
            Self::ResponseTypeUnsupported => (70005, "unsupported_response_type"),
            Self::ScopeInvalid(_) => (70011, "invalid_scope"),
            Self::ScopeNotDefault(_) => (1_002_012, "invalid_scope"),
            Self::ScopeUnknown { .. } => (650_053, "invalid_client"),
            Self::SecondFactorDenied => (500_121, "access_denied"),
            Self::SecretFromPublicClient => (700_025, "invalid_client"),
            Self::SecretMissing => (7_000_218, "invalid_client"),
            Self::SecretWrong { .. } => (7_000_215, "invalid_client"),
            Self::ServiceMissing { .. } => (650_052, "invalid_client"),
            Self::SessionMissing => (50058, "login_required"),
            Self::TenantNotAllowed { .. } => (50194, "invalid_request"),
            Self::TenantUnknown(_) => (90002, "invalid_tenant"),
            Self::Unassigned { .. } => (50105, "access_denied"),
            Self::VerifierMismatch => (501_481, "invalid_grant"),
        }
    }
}

impl From<Repeated> for Refusal {
    fn from(Repeated(name): Repeated) -> Self {
        Self::ParameterRepeated(name)
    }
}

impl Incident {
    /// A new incident at `now`. Like Entra, it takes the client's `client-request-id` as correlation id if that is a
    /// GUID.
    pub(crate) fn new(random: &Random, now: u64, client_request_id: Option<&str>) -> Self {
        Self {
            trace_id: random.guid("incident"),
            correlation_id: client_request_id
                .filter(|id| is_guid(id))
                .map_or_else(|| random.guid("incident"), str::to_owned),
            timestamp: entra_timestamp(now),
        }
    }
}
