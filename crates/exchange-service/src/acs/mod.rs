//! The exchange at Azure Communication Services: A1, A2 and A3, signed with C, for D.

pub(crate) mod access_key;
pub(crate) mod access_keys;
mod answer;
mod breaker;
mod flight;
mod hmac;
mod request;
mod retry;
pub(crate) mod service_identity;

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use protocol::{
    exchange::quickstart::ExchangeAnswer,
    ids::{ClientId, ObjectId, TenantId},
    secret::EntraAccessToken,
};
use tokio::time::Instant;

use self::{
    breaker::Breaker,
    flight::{Fingerprint, Flights},
    request::Requests,
};
use crate::{
    clock::Clock,
    configuration::Acs,
    correlation::CorrelationId,
    outbound::{NoAnswer, Outbound},
    start_error::StartError,
    trace_context::TraceContext,
};

/// For all attempts together. Less than the 15 seconds that the service gives a request.
const TIMEOUT: Duration = Duration::from_secs(8);

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

/// One exchange after the other, each with as many requests as it takes.
struct Exchanger {
    requests: Requests,
    breaker: Breaker,
}

impl AcsClient {
    /// `client_id` is A3.
    pub(crate) fn new(
        acs: Acs,
        client_id: ClientId,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let breaker = Breaker::new(clock.clone());
        let exchanger = Exchanger { requests: Requests::new(acs, client_id, outbound, clock)?, breaker };
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
            let (result, request_id) = self.requests.send(ask, deadline).await;
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
