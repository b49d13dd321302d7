//! Azure Communication Services: A1, A2 and A3, signed with C, for D; and the two other ways to a D.

pub(crate) mod access_key;
pub(crate) mod access_keys;
mod acs_identity;
pub(crate) mod allowance;
mod answer;
pub(crate) mod assignments;
mod authorized;
mod breaker;
mod call;
pub(crate) mod client_secret;
mod entra_id_user;
mod exchanger;
mod flight;
mod guest;
mod hmac;
mod retry;
mod secret_file;
pub(crate) mod service_identity;
mod settings;
mod teams_user;

use std::{sync::Arc, time::Duration};

use protocol::{
    exchange::quickstart::ExchangeAnswer,
    ids::{ClientId, ObjectId},
    secret::EntraAccessToken,
};

pub(crate) use self::settings::{AcsSettings, ConfiguredCredential, Exchanges};
use self::{
    allowance::{Allowance, AllowanceNumbers},
    exchanger::Exchanger,
    flight::{Fingerprint, Flights},
};
use crate::{
    caller::IssuerTenant,
    clock::Clock,
    net::{
        outbound::{NoAnswer, Outbound},
        peer_clock::PeerClock,
    },
    start_error::StartError,
    telemetry::{correlation::CorrelationId, trace_context::TraceContext},
};

/// Why ACS did not issue a token. Each variant has a different owner: caller, operator or Microsoft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AcsRefusal {
    /// A1 is for another application than A3.
    ApplicationMismatch,
    /// Neither a token nor a refusal that ACS documents.
    AnswerUnreadable,
    /// Nobody has let this Entra ID user in.
    AssignmentMissing,
    /// Too many requests.
    Busy { retry_after: Option<Duration> },
    /// A1 is expired, malformed, or for another audience.
    EntraTokenRefused,
    /// All that ACS allows is used up: it was not asked.
    OverAllowance { retry_after: Duration },
    /// This tenant's part of what ACS allows is used up: it was not asked.
    OverTenantsPart { retry_after: Duration },
    /// The service has no token of its own to show: ACS was not asked.
    ServiceIdentityUnavailable,
    /// C is not good: key, host or clock.
    ServiceRefused,
    /// No answer in time.
    TimedOut,
    /// It answered that it fails.
    Unavailable { retry_after: Option<Duration> },
    /// No connection, or one that broke.
    Unreachable,
    /// A1 is of another person than A2.
    UserMismatch,
}

/// D, and what ACS said with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) answer: ExchangeAnswer,
    /// Whose D is, `8:acs:…`. ACS does not say it of Teams users.
    pub(crate) identity: Option<String>,
}

/// What ACS said, the id under which Microsoft's support finds it (`MS-CV`), and how often ACS was asked.
pub(crate) struct AcsOutcome {
    pub(crate) result: Result<Issued, AcsRefusal>,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
}

/// One exchange.
pub(crate) struct Ask {
    pub(crate) operation: AcsOperation,
    pub(crate) correlation: CorrelationId,
    pub(crate) trace: TraceContext,
}

/// The operation of ACS that issues D, with the person it is for.
pub(crate) enum AcsOperation {
    /// With a licence for Teams, authorized by C.
    TeamsUser(Person),
    /// Assigned to the resource, authorized by their own A1.
    EntraIdUser(Person),
    /// Nobody in particular, authorized by C.
    Guest,
}

/// Whose part of what ACS allows an exchange uses: that of a tenant as one issuer vouches for it, or `None` for guests.
pub(crate) type Asker = Option<IssuerTenant>;

/// Who was validated, and what they brought.
pub(crate) struct Person {
    /// A1.
    pub(crate) entra: EntraAccessToken,
    /// With A2, who is asking; and who vouched for it.
    pub(crate) from: IssuerTenant,
    /// A2.
    pub(crate) object: ObjectId,
}

pub(crate) struct AcsClient {
    exchanger: Arc<Exchanger>,
    flights: Flights<Arc<AcsOutcome>>,
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
        let exchanger = Arc::new(Exchanger::new(acs, client_id, allowance, outbound, peer_clock, clock)?);
        Ok(Self { exchanger, flights: Flights::new() })
    }

    /// Whether exchanges of all tenants are refused because ACS does not answer.
    pub(crate) fn is_down(&self) -> bool {
        self.exchanger.is_down()
    }

    /// For how many tenants alone exchanges are refused because ACS fails.
    pub(crate) fn tenants_down(&self) -> usize {
        self.exchanger.tenants_down()
    }

    /// How much of what ACS allows was refused, and where it is counted.
    pub(crate) fn allowance(&self) -> Option<AllowanceNumbers> {
        self.exchanger.allowance()
    }

    /// Whether ACS knows this service: it is asked for nobody.
    pub(crate) async fn reach(&self) -> Result<(), AcsRefusal> {
        self.exchanger.reach().await
    }

    /// Reads the files of the keys again, at once.
    pub(crate) async fn reload(&self) {
        self.exchanger.reload().await;
    }

    /// Requests sent so far. One exchange may take several, and several callers may wait for one exchange.
    pub(crate) fn requests_sent(&self) -> u64 {
        self.exchanger.requests_sent()
    }

    /// Asks ACS, unless the same is being asked already or ACS is known to be down.
    pub(crate) async fn exchange(&self, ask: Ask) -> Arc<AcsOutcome> {
        let same = Fingerprint::of(&ask.operation);
        let exchanger = self.exchanger.clone();
        let exchange = async move { Arc::new(exchanger.exchange(&ask).await) };
        match same {
            Some(same) => self.flights.join(same, exchange).await,
            None => exchange.await,
        }
    }
}

impl AcsOperation {
    fn person(&self) -> Option<&Person> {
        match self {
            Self::TeamsUser(person) | Self::EntraIdUser(person) => Some(person),
            Self::Guest => None,
        }
    }

    fn asker(&self) -> Asker {
        self.person().map(|person| person.from.clone())
    }
}

impl From<NoAnswer> for AcsRefusal {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Unreachable => Self::Unreachable,
            NoAnswer::TimedOut => Self::TimedOut,
            NoAnswer::TooLarge => Self::AnswerUnreadable,
        }
    }
}
