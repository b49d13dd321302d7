//! One exchange from its first attempt to its outcome.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use messages::peer_text;
use protocol::{ids::ClientId, secret::EntraAccessToken};
use reqwest::{Url, header::HeaderMap};
use tokio::time::Instant;

use super::{
    AcsOperation, AcsOutcome, AcsRefusal, AcsSettings, Ask, Issued, Person,
    allowance::{Allowance, AllowanceNumbers},
    authorized::Authorized,
    breaker::{Breakers, Health},
    entra_id_user, guest, retry, teams_user,
};
use crate::{
    caller::IssuerTenant,
    clock::Clock,
    net::{
        outbound::{Outbound, ShortAnswer},
        peer_clock::PeerClock,
    },
    start_error::StartError,
};

/// For all attempts together. Less than the 15 seconds that the service gives a request.
const TIMEOUT: Duration = Duration::from_secs(8);

pub(super) struct Exchanger {
    endpoint: Url,
    client_id: ClientId,
    authorized: Authorized,
    clock: Arc<dyn Clock>,
    /// One each: an operation that fails says nothing of the others.
    teams_users: Breakers,
    entra_id_users: Breakers,
    guests: Breakers,
}

/// What one attempt brought, and its `MS-CV`.
type Answered = (Result<Issued, AcsRefusal>, Option<String>);

impl Exchanger {
    pub(super) fn new(
        acs: AcsSettings,
        client_id: ClientId,
        allowance: Allowance,
        outbound: Outbound,
        peer_clock: Arc<PeerClock>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let breakers = || Breakers::new(clock.clone());
        Ok(Self {
            teams_users: breakers(),
            entra_id_users: breakers(),
            guests: breakers(),
            endpoint: acs.endpoint,
            client_id,
            authorized: Authorized::new(acs.credential, Some(allowance), outbound, peer_clock, clock.clone())?,
            clock,
        })
    }

    pub(super) fn is_down(&self) -> bool {
        self.breakers().into_iter().any(Breakers::is_open)
    }

    pub(super) fn tenants_down(&self) -> usize {
        self.breakers().into_iter().map(Breakers::open_tenants).sum()
    }

    fn breakers(&self) -> [&Breakers; 3] {
        [&self.teams_users, &self.entra_id_users, &self.guests]
    }

    pub(super) fn allowance(&self) -> Option<AllowanceNumbers> {
        self.authorized.allowance()
    }

    /// An exchange that ACS must refuse: it looks at C first, and then finds no token of a person.
    pub(super) async fn reach(&self) -> Result<(), AcsRefusal> {
        let nobody = "00000000-0000-0000-0000-000000000000";
        let invariant = "zeros make a GUID";
        let person = Person {
            entra: EntraAccessToken::new("none".to_owned()),
            from: IssuerTenant { issuer: None, tenant: nobody.parse().expect(invariant) },
            object: nobody.parse().expect(invariant),
        };
        let call = teams_user::call(&self.endpoint, &self.client_id, &person);
        let answer = self.authorized.send(call, Instant::now() + TIMEOUT).await?;
        match teams_user::read(&answer, self.clock.unix_seconds()) {
            Err(AcsRefusal::EntraTokenRefused) => Ok(()),
            Err(refusal) => Err(refusal),
            // That is not ACS.
            Ok(_) => Err(AcsRefusal::AnswerUnreadable),
        }
    }

    pub(super) async fn reload(&self) {
        self.authorized.reload().await;
    }

    pub(super) fn requests_sent(&self) -> u64 {
        self.authorized.requests_sent()
    }

    pub(super) async fn exchange(&self, ask: &Ask) -> AcsOutcome {
        let breakers = match ask.operation {
            AcsOperation::TeamsUser(_) => &self.teams_users,
            AcsOperation::EntraIdUser(_) => &self.entra_id_users,
            AcsOperation::Guest => &self.guests,
        };
        let admitted = match breakers.admit(&ask.operation) {
            Ok(admitted) => admitted,
            Err(pause) => {
                let result = Err(AcsRefusal::Unavailable { retry_after: Some(pause) });
                return AcsOutcome { result, request_id: None, attempts: 0 };
            }
        };
        // The clock of the timer that waits for the answer, so that both count the same seconds.
        let deadline = Instant::now() + TIMEOUT;
        let mut attempts = 0;
        let mut before = None;
        loop {
            attempts += 1;
            let (mut result, mut request_id) = self.attempt(ask, deadline).await;
            if let Err(AcsRefusal::OverAllowance { .. } | AcsRefusal::OverTenantsPart { .. }) = result {
                attempts -= 1;
                // There was no room to ask once more, so what ACS said the last time stands.
                (result, request_id) = before.take().unwrap_or((result, request_id));
                admitted.report(health(&result));
                return AcsOutcome { result, request_id, attempts };
            }
            let left = deadline - Instant::now();
            let refusal = result.as_ref().err().copied();
            // A guest is not asked for again: the answer that was lost may have made one.
            let again = refusal.filter(|_| ask.operation.person().is_some());
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

    async fn attempt(&self, ask: &Ask, deadline: Instant) -> Answered {
        // Read after the answer has arrived, which may have taken seconds.
        let now = || self.clock.unix_seconds();
        match &ask.operation {
            AcsOperation::TeamsUser(person) => {
                let call = teams_user::call(&self.endpoint, &self.client_id, person).under(ask);
                judged(self.authorized.send(call, deadline).await, |answer| teams_user::read(answer, now()))
            }
            AcsOperation::EntraIdUser(person) => {
                let Some((call, bearer)) = entra_id_user::call(&self.endpoint, person) else {
                    return (Err(AcsRefusal::EntraTokenRefused), None);
                };
                let answer = self.authorized.send_as(bearer, call.under(ask), deadline).await;
                judged(answer, |answer| entra_id_user::read(answer, person, now()))
            }
            AcsOperation::Guest => {
                let call = guest::call(&self.endpoint).under(ask);
                judged(self.authorized.send(call, deadline).await, |answer| guest::read(answer, now()))
            }
        }
    }
}

/// What the outcome of an exchange says about ACS.
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

fn judged(
    answer: Result<ShortAnswer, AcsRefusal>,
    read: impl FnOnce(&ShortAnswer) -> Result<Issued, AcsRefusal>,
) -> Answered {
    match answer {
        Ok(answer) => (read(&answer), request_id(&answer.headers)),
        Err(refusal) => (Err(refusal), None),
    }
}

/// Cut short, and without tokens: it is a peer's text on its way into the log (REP-21).
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("ms-cv")?.to_str().ok()?;
    (!peer_text::has_token(id)).then(|| id.chars().take(128).collect())
}

/// One random byte. Without randomness no TLS would have got this far, and a pause of none is no harm.
fn random() -> u8 {
    let mut byte = [0];
    let _ = rand::fill(&mut byte);
    byte[0]
}
