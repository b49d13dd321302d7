//! The exchange at Azure Communication Services: A1, A2 and A3, signed with C, for D.

pub(crate) mod access_key;
mod answer;
mod hmac;

use std::{sync::Arc, time::Duration};

use messages::AcsToken;
use protocol::secret::EntraAccessToken;
use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;

use self::{access_key::AccessKey, hmac::AcsAuthorization};
use crate::{
    clock::Clock,
    configuration::Acs,
    correlation::CorrelationId,
    outbound::{NoAnswer, Outbound},
};
use protocol::ids::{ClientId, ObjectId};

/// Less than the 15 seconds that the service gives a request.
const TIMEOUT: Duration = Duration::from_secs(8);
const LARGEST: usize = 64 * 1024;

/// D, with its end as ACS wrote it.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub(crate) token: AcsToken,
    pub(crate) expires_on: String,
}

/// Why there is no D. Each is somebody's to mend, and another's each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AcsRefusal {
    /// A1 is for another application than A3.
    ApplicationMismatch,
    /// Neither a token nor a refusal that ACS documents.
    AnswerUnreadable,
    /// Too many requests.
    Busy { retry_after: Option<Duration> },
    /// A1 is expired, malformed, or for another audience.
    EntraTokenRefused,
    /// C is not good: key, host or clock.
    ServiceRefused,
    /// No answer in time.
    TimedOut,
    /// Out of reach, or failing.
    Unavailable { retry_after: Option<Duration> },
    /// A1 is of another person than A2.
    UserMismatch,
}

/// What ACS said, and the id under which Microsoft's support finds it (`MS-CV`).
pub(crate) struct AcsOutcome {
    pub(crate) result: Result<Exchanged, AcsRefusal>,
    pub(crate) request_id: Option<String>,
}

pub(crate) struct AcsClient {
    exchange: Url,
    key: AccessKey,
    client_id: ClientId,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
}

/// The members in the order of Microsoft's own client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamsUserExchange<'r> {
    token: &'r str,
    app_id: &'r str,
    user_id: &'r str,
}

impl AcsClient {
    /// `client_id` is A3.
    pub(crate) fn new(acs: Acs, client_id: ClientId, outbound: Outbound, clock: Arc<dyn Clock>) -> Self {
        let mut exchange = acs.endpoint;
        exchange.set_path("/teamsUser/:exchangeAccessToken");
        exchange.set_query(Some("api-version=2023-10-01"));
        Self { exchange, key: acs.access_key, client_id, outbound, clock }
    }

    pub(crate) async fn exchange(
        &self,
        entra: &EntraAccessToken,
        user: &ObjectId,
        correlation: &CorrelationId,
    ) -> AcsOutcome {
        let body = TeamsUserExchange { token: entra.expose(), app_id: self.client_id.as_str(), user_id: user.as_str() };
        let body = serde_json::to_vec(&body).expect("a struct of three texts serialises");
        let now = self.clock.unix_seconds();
        let signed = AcsAuthorization::sign(&self.key, &Method::POST, &self.exchange, &body, now);
        let Some(headers) = headers(&signed, correlation) else {
            return AcsOutcome { result: Err(AcsRefusal::ServiceRefused), request_id: None };
        };

        let sent = self.outbound.post(self.exchange.clone(), headers, body, TIMEOUT, LARGEST).await;
        match sent {
            Ok(answer) => AcsOutcome {
                // What arrived may have taken seconds.
                result: answer::read(&answer, self.clock.unix_seconds()),
                request_id: request_id(&answer.headers),
            },
            Err(no_answer) => AcsOutcome { result: Err(no_answer.into()), request_id: None },
        }
    }
}

impl From<NoAnswer> for AcsRefusal {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Unreachable => Self::Unavailable { retry_after: None },
            NoAnswer::TimedOut => Self::TimedOut,
            NoAnswer::TooLarge => Self::AnswerUnreadable,
        }
    }
}

/// `None` cannot be: dates, base64 and ids are header text. `Host` is the client's, from the same address.
fn headers(signed: &AcsAuthorization, correlation: &CorrelationId) -> Option<HeaderMap> {
    let mut authorization = HeaderValue::from_str(&signed.authorization).ok()?;
    authorization.set_sensitive(true);
    Some(HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (AUTHORIZATION, authorization),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("x-ms-date"), HeaderValue::from_str(&signed.date).ok()?),
        (HeaderName::from_static("x-ms-content-sha256"), HeaderValue::from_str(&signed.content_hash).ok()?),
        (HeaderName::from_static("x-ms-client-request-id"), HeaderValue::from_str(correlation.as_str()).ok()?),
    ]))
}

/// Cut short: it is a peer's text on its way into the log.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("ms-cv")?.to_str().ok()?;
    Some(id.chars().take(128).collect())
}
