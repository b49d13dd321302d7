//! The exchange at Azure Communication Services: A1, A2 and A3, signed with C, for D.

pub(crate) mod access_key;
pub(crate) mod access_keys;
mod answer;
mod breaker;
mod flight;
mod hmac;
mod retry;
pub(crate) mod service_identity;

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use protocol::{
    exchange::quickstart::ExchangeAnswer,
    ids::{ClientId, ObjectId, TenantId},
    secret::EntraAccessToken,
};
use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;

use tokio::time::Instant;

use self::{
    access_key::AccessKey,
    access_keys::AccessKeys,
    breaker::Breaker,
    flight::{Fingerprint, Flights},
    hmac::AcsAuthorization,
    service_identity::ServiceIdentity,
};
use crate::{
    clock::Clock,
    configuration::{Acs, ConfiguredCredential},
    correlation::CorrelationId,
    outbound::{NoAnswer, Outbound},
    start_error::StartError,
    trace_context::{self, TraceContext},
};

/// For all attempts together. Less than the 15 seconds that the service gives a request.
const TIMEOUT: Duration = Duration::from_secs(8);
const LARGEST: usize = 64 * 1024;

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

/// What ACS said, the id under which Microsoft's support finds it (`MS-CV`), and how often ACS was asked.
pub(crate) struct AcsOutcome {
    pub(crate) result: Result<ExchangeAnswer, AcsRefusal>,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
}

/// One exchange.
pub(crate) struct Ask {
    /// A1.
    pub(crate) entra: EntraAccessToken,
    /// With A2, who is asking.
    pub(crate) tenant: TenantId,
    /// A2.
    pub(crate) object: ObjectId,
    pub(crate) correlation: CorrelationId,
    pub(crate) trace: TraceContext,
}

/// ACS, as far as this service needs it.
pub(crate) struct AcsClient {
    exchanger: Arc<Exchanger>,
    flights: Flights<Arc<AcsOutcome>>,
}

/// What one attempt brought, and its `MS-CV`.
type Answered = (Result<ExchangeAnswer, AcsRefusal>, Option<String>);

/// What C is made with.
enum Credential {
    Keys(AccessKeys),
    Identity(ServiceIdentity),
}

/// C of one request.
enum C<'k> {
    Signature(&'k AccessKey),
    Bearer(HeaderValue),
}

struct Exchanger {
    exchange: Url,
    credential: Credential,
    client_id: ClientId,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    breaker: Breaker,
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
    pub(crate) fn new(
        acs: Acs,
        client_id: ClientId,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let mut exchange = acs.endpoint;
        exchange.set_path("/teamsUser/:exchangeAccessToken");
        exchange.set_query(Some("api-version=2023-10-01"));
        let breaker = Breaker::new(clock.clone());
        let credential = match acs.credential {
            ConfiguredCredential::Keys(pair) => Credential::Keys(AccessKeys::new(pair, clock.clone())),
            ConfiguredCredential::Identity(choice) => Credential::Identity(ServiceIdentity::new(choice, &outbound)?),
        };
        let exchanger = Exchanger { exchange, credential, client_id, outbound, clock, breaker };
        Ok(Self { exchanger: Arc::new(exchanger), flights: Flights::new() })
    }

    /// Whether ACS does not answer, as far as is known.
    pub(crate) fn is_down(&self) -> bool {
        self.exchanger.breaker.is_open()
    }

    /// Asks ACS, unless the same is being asked already or ACS is known to be down.
    pub(crate) async fn exchange(&self, ask: Ask) -> Arc<AcsOutcome> {
        let same = Fingerprint::new(&ask.tenant, &ask.object, &ask.entra);
        let exchanger = self.exchanger.clone();
        self.flights.join(same, async move { Arc::new(exchanger.exchange(&ask).await) }).await
    }
}

impl Exchanger {
    async fn exchange(&self, ask: &Ask) -> AcsOutcome {
        if let Err(pause) = self.breaker.admit() {
            let result = Err(AcsRefusal::Unavailable { retry_after: Some(pause) });
            return AcsOutcome { result, request_id: None, attempts: 0 };
        }
        // The clock of the timer that waits for the answer, so that both count the same seconds.
        let deadline = Instant::now() + TIMEOUT;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (result, request_id) = self.authorized(ask, deadline).await;
            let left = deadline - Instant::now();
            match result.as_ref().err().and_then(|refusal| retry::pause(attempts, *refusal, left, random())) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    match result {
                        Err(AcsRefusal::TimedOut | AcsRefusal::Unavailable { .. }) => self.breaker.down(),
                        _ => self.breaker.up(),
                    }
                    return AcsOutcome { result, request_id, attempts };
                }
            }
        }
    }

    async fn authorized(&self, ask: &Ask, deadline: Instant) -> Answered {
        match &self.credential {
            Credential::Keys(keys) => self.with_either_key(keys, ask, deadline).await,
            Credential::Identity(identity) => match identity.authorization().await {
                Some(bearer) => self.attempt(ask, C::Bearer(bearer), deadline - Instant::now()).await,
                None => (Err(AcsRefusal::Unavailable { retry_after: None }), None),
            },
        }
    }

    /// One attempt, or two if ACS refuses the first key.
    async fn with_either_key(&self, keys: &AccessKeys, ask: &Ask, deadline: Instant) -> Answered {
        let mut last = (Err(AcsRefusal::ServiceRefused), None);
        for (place, key) in keys.in_order().await {
            last = self.attempt(ask, C::Signature(&key), deadline - Instant::now()).await;
            match last.0 {
                Err(AcsRefusal::ServiceRefused) => {}
                Ok(_) => {
                    keys.was_good(place);
                    break;
                }
                Err(_) => break,
            }
        }
        last
    }

    /// Signed anew each time: a signature is dated.
    async fn attempt(&self, ask: &Ask, c: C<'_>, within: Duration) -> Answered {
        let body = TeamsUserExchange {
            token: ask.entra.expose(),
            app_id: self.client_id.as_str(),
            user_id: ask.object.as_str(),
        };
        let body = serde_json::to_vec(&body).expect("a struct of three texts serialises");
        let now = self.clock.unix_seconds();
        let authorization = match c {
            C::Bearer(bearer) => Some(HeaderMap::from_iter([(AUTHORIZATION, bearer)])),
            C::Signature(key) => signature(&AcsAuthorization::sign(key, &Method::POST, &self.exchange, &body, now)),
        };
        let Some(headers) = authorization.and_then(|authorization| headers(authorization, ask)) else {
            return (Err(AcsRefusal::ServiceRefused), None);
        };
        match self.outbound.post(self.exchange.clone(), headers, body, within, LARGEST).await {
            // What arrived may have taken seconds.
            Ok(answer) => (answer::read(&answer, self.clock.unix_seconds()), request_id(&answer.headers)),
            Err(no_answer) => (Err(no_answer.into()), None),
        }
    }
}

/// One random byte. Without randomness no TLS would have got this far, and a pause of none is no harm.
fn random() -> u8 {
    let mut byte = [0];
    let _ = rand::fill(&mut byte);
    byte[0]
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

/// `None` cannot be: dates and base64 are header text. `Host` is the client's, from the same address.
fn signature(signed: &AcsAuthorization) -> Option<HeaderMap> {
    let mut authorization = HeaderValue::from_str(&signed.authorization).ok()?;
    authorization.set_sensitive(true);
    Some(HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (HeaderName::from_static("x-ms-date"), HeaderValue::from_str(&signed.date).ok()?),
        (HeaderName::from_static("x-ms-content-sha256"), HeaderValue::from_str(&signed.content_hash).ok()?),
    ]))
}

/// With what every request to ACS has. `None` cannot be: ids are header text.
fn headers(mut headers: HeaderMap, ask: &Ask) -> Option<HeaderMap> {
    headers.extend([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("x-ms-client-request-id"), HeaderValue::from_str(ask.correlation.as_str()).ok()?),
        (trace_context::HEADER, HeaderValue::from_str(&ask.trace.header()).ok()?),
    ]);
    Some(headers)
}

/// Cut short: it is a peer's text on its way into the log.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("ms-cv")?.to_str().ok()?;
    Some(id.chars().take(128).collect())
}
