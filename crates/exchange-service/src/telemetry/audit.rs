//! The audit record: one log line for each request, with the decision, the person and the reason.

use std::{fmt, net::IpAddr, time::Duration};

use contract::ids::{ObjectId, TenantId};
use hyper::StatusCode;

use crate::{
    caller::{Caller, Claimed, Reason},
    telemetry::{correlation::CorrelationId, trace_context::TraceContext},
};

/// The ids of a request in logs and traces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestIds<'r> {
    pub(crate) correlation: &'r CorrelationId,
    pub(crate) trace: &'r TraceContext,
    /// The path of the route. `None` without a route.
    pub(crate) route: Option<&'r str>,
    pub(crate) address: Option<IpAddr>,
}

/// What a route knows about its decision: ids and codes only. No type in it could hold a token.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audit {
    /// Which exchange it is. `None` for requests without an audit record, such as a probe.
    exchange: Option<&'static str>,
    /// The tenant of a validated token, or the one that a refused token claims.
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

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    Answered {
        status: StatusCode,
        /// The code of the problem. `None` if there is no problem.
        code: Option<&'static str>,
    },
    /// The caller disconnected before the response. A token that ACS issued was dropped.
    Abandoned,
}

impl Audit {
    /// Marks the request as one with an audit record, of this exchange.
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

    /// Records the requests to ACS. `request_id` is ACS's own id, `attempts` the number of requests.
    pub(crate) fn asked_acs(&mut self, request_id: Option<String>, attempts: u32) {
        self.acs_request = request_id;
        self.acs_attempts = Some(attempts);
    }

    /// Whether the request has an audit record.
    pub(crate) fn is_decision(&self) -> bool {
        self.exchange.is_some()
    }

    /// Whether a valid token identifies the caller.
    pub(crate) fn is_validated(&self) -> bool {
        self.is_validated
    }

    pub(crate) fn exchange(&self) -> Option<&'static str> {
        self.exchange
    }

    /// The number of requests to ACS, if there were any.
    pub(crate) fn attempts(&self) -> Option<u32> {
        self.acs_attempts
    }

    /// Why the caller token was refused, if it was.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.reason.map(Reason::code)
    }

    /// Logs the record. `unlogged` is the number of earlier refusals of the same address that were not logged, if any.
    pub(crate) fn log(&self, ids: &RequestIds<'_>, ending: Ending, took: Duration, unlogged: Option<u32>) {
        let status = match ending {
            Ending::Answered { status, .. } => Some(status.as_u16()),
            Ending::Abandoned => None,
        };
        tracing::info!(
            // A fixed target, because operators filter by it.
            target: "exchange_service::audit",
            correlation = ids.correlation.as_str(),
            trace = %ids.trace.span().trace_id(),
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
    /// The code of the problem. `None` if the request was allowed.
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
