//! One line in the log for one request: what was decided, about whom, and why.

use std::{fmt, net::IpAddr, time::Duration};

use contract::ids::{ObjectId, TenantId};
use hyper::StatusCode;

use crate::{
    caller::{Caller, Claimed, Reason},
    telemetry::{correlation::CorrelationId, trace_context::TraceContext},
};

/// What names a request in logs and traces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestIds<'r> {
    pub(crate) correlation: &'r CorrelationId,
    pub(crate) trace: &'r TraceContext,
    /// The path of the route, if there is one.
    pub(crate) route: Option<&'r str>,
    pub(crate) address: Option<IpAddr>,
}

/// What a route knows of its decision. Ids and codes only: no type in here could hold a token.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audit {
    /// Which exchange it is; `None` for a request that decides nothing, such as a probe.
    exchange: Option<&'static str>,
    /// Of the validated token; of a refused one, what it claimed.
    tenant: Option<TenantId>,
    object: Option<ObjectId>,
    is_validated: bool,
    client: Option<String>,
    token_id: Option<String>,
    foreign_issuer: Option<String>,
    reason: Option<Reason>,
    acs_request: Option<String>,
    acs_attempts: Option<u32>,
}

/// How a decision ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    Answered {
        status: StatusCode,
        /// Of the problem, if it is one.
        code: Option<&'static str>,
    },
    /// The caller did not wait for the response. A token that ACS issued was dropped.
    Abandoned,
}

impl Audit {
    /// From here on there is something to decide.
    pub(crate) fn decides(&mut self, exchange: &'static str) {
        self.exchange = Some(exchange);
    }

    pub(crate) fn refused(&mut self, reason: Reason, claimed: Claimed) {
        self.reason = Some(reason);
        self.tenant = claimed.tenant;
        self.object = claimed.object;
    }

    pub(crate) fn validated(&mut self, caller: &Caller) {
        self.is_validated = true;
        self.tenant = Some(caller.tenant.clone());
        self.object = Some(caller.object.clone());
        self.client = caller.client.clone();
        self.token_id = caller.token_id.clone();
        self.foreign_issuer = caller.foreign_issuer.clone();
    }

    /// `request_id` is ACS's own, `attempts` how often ACS was asked.
    pub(crate) fn asked_acs(&mut self, request_id: Option<String>, attempts: u32) {
        self.acs_request = request_id;
        self.acs_attempts = Some(attempts);
    }

    /// Whether the request is one of those that are decided upon.
    pub(crate) fn is_decision(&self) -> bool {
        self.exchange.is_some()
    }

    /// Whether a valid token says who the caller is. All others are strangers.
    pub(crate) fn is_validated(&self) -> bool {
        self.is_validated
    }

    pub(crate) fn exchange(&self) -> Option<&'static str> {
        self.exchange
    }

    /// How often ACS was asked, if it was.
    pub(crate) fn attempts(&self) -> Option<u32> {
        self.acs_attempts
    }

    /// Why the caller's token was refused, if it was.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.reason.map(Reason::code)
    }

    /// `unlogged` is how many refusals of the same address before this one were not logged, if any.
    pub(crate) fn log(&self, ids: &RequestIds<'_>, ending: Ending, took: Duration, unlogged: Option<u32>) {
        let status = match ending {
            Ending::Answered { status, .. } => Some(status.as_u16()),
            Ending::Abandoned => None,
        };
        tracing::info!(
            // Operators filter by it, wherever the module is.
            target: "exchange_service::audit",
            correlation = ids.correlation.as_str(),
            trace = ids.trace.trace(),
            route = ids.route,
            exchange = self.exchange,
            status,
            code = ending.code(),
            reason = self.reason(),
            address = ids.address.map(tracing::field::display),
            tid = self.tenant.as_ref().map(TenantId::as_str),
            oid = self.object.as_ref().map(ObjectId::as_str),
            azp = self.client.as_deref(),
            uti = self.token_id.as_deref(),
            foreign_issuer = self.foreign_issuer.as_deref(),
            acs_attempts = self.acs_attempts,
            ms_cv = self.acs_request.as_deref(),
            milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            unlogged,
            "{ending}",
        );
    }
}

impl Ending {
    /// The problem's code; `allowed` has none.
    pub(crate) fn code(self) -> Option<&'static str> {
        match self {
            Self::Answered { code, .. } => code,
            Self::Abandoned => Some("abandoned"),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered { status, .. } if status.is_success() => "allowed",
            Self::Answered { .. } => "denied",
            Self::Abandoned => "abandoned",
        })
    }
}
