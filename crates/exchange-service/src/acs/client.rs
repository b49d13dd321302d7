//! One exchange from its first attempt to its outcome.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use contract::{ids::ClientId, secret::EntraAccessToken};
use messages::peer_text;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::{
    allowance::Allowance,
    authorized::Authorized,
    breaker::{Breakers, Health},
    call::CallIds,
    flight::{Fingerprint, Flights},
    operation::{Issued, Kind, Operation, Person, Resource},
    refusal::AcsRefusal,
    retry,
    settings::AcsSettings,
    teams_user::TeamsUser,
};
use crate::{
    caller::IssuerTenant,
    clock::Clock,
    net::{outbound::Outbound, peer_clock::PeerClock},
    start_error::StartError,
};

/// The timeout of all attempts together. Less than the 15 seconds that a request to this service has.
const TIMEOUT: Duration = Duration::from_secs(8);

pub(crate) struct AcsClient {
    resource: Resource,
    pub(crate) authorized: Authorized,
    clock: Arc<dyn Clock>,
    /// The breakers, by [`Kind`].
    breakers: [Breakers; Kind::ALL.len()],
    flights: Flights<Arc<AcsOutcome>>,
}

/// The outcome of an exchange.
pub(crate) struct AcsOutcome {
    pub(crate) result: Result<Issued, AcsRefusal>,
    /// ACS's id of the last attempt (`MS-CV`), for Microsoft's support.
    pub(crate) request_id: Option<String>,
    /// The number of requests that were sent to ACS.
    pub(crate) attempts: u32,
}

impl AcsClient {
    pub(crate) fn new(
        acs: AcsSettings,
        client_id: ClientId,
        allowance: Allowance,
        outbound: Outbound,
        peer_clock: Arc<PeerClock>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let breakers = || Breakers::new(clock.clone());
        Ok(Self {
            resource: Resource { endpoint: acs.endpoint, client_id },
            breakers: Kind::ALL.map(|_| breakers()),
            authorized: Authorized::new(acs.credential, Some(allowance), outbound, peer_clock, clock.clone())?,
            flights: Flights::new(),
            clock,
        })
    }

    /// Whether the breaker of all tenants is open: ACS does not respond.
    pub(crate) fn is_down(&self) -> bool {
        self.breakers.iter().any(Breakers::is_open)
    }

    /// The number of tenants whose own breaker is open.
    pub(crate) fn tenants_down(&self) -> usize {
        self.breakers.iter().map(Breakers::open_tenants).sum()
    }

    /// Checks whether ACS accepts this service, by an exchange without a person's token. ACS checks C first, and then
    /// refuses the missing token.
    pub(crate) async fn reach(&self) -> Result<(), AcsRefusal> {
        let zeros = "00000000-0000-0000-0000-000000000000";
        let invariant = "zeros make a GUID";
        let exchange = TeamsUser(Person {
            entra: EntraAccessToken::new("none".to_owned()),
            from: IssuerTenant { issuer: None, tenant: zeros.parse().expect(invariant) },
            object: zeros.parse().expect(invariant),
        });
        let response = self.authorized.send(&exchange.call(&self.resource)?, Instant::now() + TIMEOUT).await?;
        match exchange.read(&response, self.clock.now()) {
            Err(AcsRefusal::EntraTokenRefused) => Ok(()),
            Err(refusal) => Err(refusal),
            // Only a server that is not ACS accepts that.
            Ok(_) => Err(AcsRefusal::AnswerUnreadable),
        }
    }

    /// Exchanges tokens at ACS, or joins the same exchange in flight. Refuses at once while a breaker is open.
    pub(crate) async fn exchange(self: &Arc<Self>, operation: impl Operation, ids: CallIds) -> Arc<AcsOutcome> {
        let same = Fingerprint::of(&operation);
        let client = self.clone();
        let exchange = async move { Arc::new(client.attempts(&operation, &ids).await) };
        match same {
            Some(same) => self.flights.join(same, exchange).await,
            None => exchange.await,
        }
    }

    async fn attempts<O: Operation>(&self, operation: &O, ids: &CallIds) -> AcsOutcome {
        let admitted = match self.breakers[O::KIND as usize].admit(operation.person()) {
            Ok(admitted) => admitted,
            Err(pause) => {
                let result = Err(AcsRefusal::Unavailable { retry_after: Some(pause) });
                return AcsOutcome { result, request_id: None, attempts: 0 };
            }
        };
        // The clock of the timer that limits the response, so that both measure the same time.
        let deadline = Instant::now() + TIMEOUT;
        let call = operation.call(&self.resource).map(|call| call.under(ids, operation.tenant()));
        let mut attempts = 0;
        let mut before = None;
        loop {
            attempts += 1;
            let response = match &call {
                Ok(call) => self.authorized.send(call, deadline).await,
                Err(refusal) => Err(*refusal),
            };
            let (mut result, mut request_id) = match response {
                Ok(response) => (operation.read(&response, self.clock.now()), request_id(&response.headers)),
                Err(refusal) => (Err(refusal), None),
            };
            if let Err(AcsRefusal::OverAllowance { .. } | AcsRefusal::OverTenantsPart { .. }) = result {
                attempts -= 1;
                // The allowance refused this attempt, so the result of the attempt before it is the outcome.
                (result, request_id) = before.take().unwrap_or((result, request_id));
                admitted.report(health(&result));
                return AcsOutcome { result, request_id, attempts };
            }
            let left = deadline - Instant::now();
            // A guest is not retried: ACS may have created the identity before its response was lost.
            let again = result.as_ref().err().copied().filter(|_| operation.person().is_some());
            match again.and_then(|refusal| retry::pause(attempts, refusal, left, random())) {
                Some(pause) => {
                    before = Some((result, request_id));
                    tokio::time::sleep(pause).await;
                }
                None => {
                    admitted.report(health(&result));
                    return AcsOutcome { result, request_id, attempts };
                }
            }
        }
    }
}

/// What the outcome of an exchange shows about the state of ACS.
fn health(result: &Result<Issued, AcsRefusal>) -> Health {
    match result {
        Err(AcsRefusal::TimedOut | AcsRefusal::Unreachable) => Health::Silent,
        Err(AcsRefusal::Unavailable { .. }) => Health::Failing,
        Err(
            AcsRefusal::OverAllowance { .. }
            | AcsRefusal::OverTenantsPart { .. }
            | AcsRefusal::ServiceIdentityUnavailable,
        ) => Health::Unknown,
        _ => Health::Answered,
    }
}

/// The request id, truncated and with tokens removed, because a peer's text is logged (REP-21).
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("ms-cv")?.to_str().ok()?;
    (!peer_text::has_token(id)).then(|| id.chars().take(128).collect())
}

/// One random byte, for jitter. Without randomness TLS would have failed before, and a pause of zero is harmless.
fn random() -> u8 {
    let mut byte = [0];
    let _ = rand::fill(&mut byte);
    byte[0]
}
