//! Problem responses (RFC 9457) with a stable code. They quote neither peers nor parsers.

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use contract::exchange::{ExchangeProblem, ExchangeProblemCode};
use serde_json::json;

use crate::{acs::AcsRefusal, caller::KeysUnavailable, mailbox, telemetry::correlation::CorrelationId};

/// The pause of `Retry-After` if the mailboxes are full or their store does not respond.
const MAILBOX_PAUSE: Duration = Duration::from_secs(1);

/// A problem. As a response it is only a marker: the middleware writes the status and body, because it knows the
/// correlation id and the configured challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: ExchangeProblemCode,
    retry_after: Option<Duration>,
}

impl Problem {
    pub(super) fn later(code: ExchangeProblemCode, retry_after: Duration) -> Self {
        Self { code, retry_after: Some(retry_after) }
    }

    /// Writes the status, the body and the headers of the code. Keeps the other headers. `step_up` is the challenge for
    /// a person without the required authentication context.
    pub(super) fn write(self, response: &mut Response, correlation: &CorrelationId, step_up: Option<&HeaderValue>) {
        let status = StatusCode::from_u16(self.code.status()).expect("statuses are from 400 to 599");
        let problem = ExchangeProblem {
            kind: format!("urn:acs-sign-in:problem:{}", self.code.code()),
            title: self.code.title().to_owned(),
            status: status.as_u16(),
            code: self.code,
            correlation_id: correlation.as_str().to_owned(),
        };
        *response.status_mut() = status;
        *response.body_mut() = Body::from(serde_json::to_vec(&problem).expect("a struct of texts serialises"));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = step_up.filter(|_| self.code == ExchangeProblemCode::StepUpRequired).cloned();
            headers.insert(WWW_AUTHENTICATE, challenge.unwrap_or(HeaderValue::from_static("Bearer")));
        }
        if let Some(pause) = self.retry_after {
            // Rounded up, because a client that retries a moment too early is refused again.
            let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// The value of `WWW-Authenticate` for a person who must sign in again with this authentication context: a claims
/// challenge, as Entra's clients know it (RFC 6750 section 3 with Entra's `insufficient_claims`).
pub(crate) fn step_up_challenge(context: &str) -> HeaderValue {
    let claims = json!({ "access_token": { "acrs": { "essential": true, "value": context } } }).to_string();
    let challenge = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", STANDARD.encode(claims));
    HeaderValue::from_str(&challenge).expect("base64 is header text")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ExchangeProblemCode> for Problem {
    fn from(code: ExchangeProblemCode) -> Self {
        Self { code, retry_after: None }
    }
}

impl From<KeysUnavailable> for Problem {
    fn from(KeysUnavailable { retry_after }: KeysUnavailable) -> Self {
        Self::later(ExchangeProblemCode::KeysUnavailable, retry_after)
    }
}

impl From<mailbox::Refusal> for Problem {
    fn from(refusal: mailbox::Refusal) -> Self {
        match refusal {
            mailbox::Refusal::Filled => ExchangeProblemCode::MailboxFilled.into(),
            mailbox::Refusal::Forgotten => ExchangeProblemCode::NotFound.into(),
            mailbox::Refusal::TooManyWaiters => Self::later(ExchangeProblemCode::Overloaded, MAILBOX_PAUSE),
            mailbox::Refusal::Unavailable => Self::later(ExchangeProblemCode::MailboxUnavailable, MAILBOX_PAUSE),
        }
    }
}

impl From<AcsRefusal> for Problem {
    fn from(refusal: AcsRefusal) -> Self {
        let (code, retry_after) = match refusal {
            AcsRefusal::ApplicationMismatch => (ExchangeProblemCode::ApplicationMismatch, None),
            AcsRefusal::AnswerUnreadable => (ExchangeProblemCode::AcsAnswerUnreadable, None),
            AcsRefusal::AssignmentMissing => (ExchangeProblemCode::AssignmentMissing, None),
            AcsRefusal::Busy { retry_after } => (ExchangeProblemCode::AcsBusy, retry_after),
            AcsRefusal::EntraTokenRefused => (ExchangeProblemCode::EntraTokenRefused, None),
            AcsRefusal::OverAllowance { retry_after } => (ExchangeProblemCode::Overloaded, Some(retry_after)),
            AcsRefusal::OverTenantsPart { retry_after } => (ExchangeProblemCode::RateLimited, Some(retry_after)),
            AcsRefusal::ServiceIdentityUnavailable => (ExchangeProblemCode::ServiceIdentityUnavailable, None),
            AcsRefusal::ServiceRefused => (ExchangeProblemCode::AcsRefusedService, None),
            AcsRefusal::TimedOut => (ExchangeProblemCode::AcsTimeout, None),
            AcsRefusal::Unavailable { retry_after } => (ExchangeProblemCode::AcsUnavailable, retry_after),
            AcsRefusal::Unreachable => (ExchangeProblemCode::AcsUnavailable, None),
            AcsRefusal::UserMismatch => (ExchangeProblemCode::UserMismatch, None),
        };
        Self { code, retry_after }
    }
}
