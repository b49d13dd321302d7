//! One line in the log for one request: what was decided, about whom, and why.

use std::{net::IpAddr, time::Duration};

use axum::http::StatusCode;
use protocol::ids::{ClientId, ObjectId, TenantId};

use crate::{
    acs::AcsOutcome,
    caller::{Caller, Claimed, Reason},
    correlation::CorrelationId,
    trace_context::TraceContext,
};

/// What a route knows of its decision. Ids and codes only: no type in here could hold a token.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audit {
    address: Option<IpAddr>,
    /// Of the validated token; of a refused one, what it claimed.
    tenant: Option<TenantId>,
    object: Option<ObjectId>,
    client: Option<ClientId>,
    reason: Option<Reason>,
    acs_request: Option<String>,
    acs_attempts: Option<u32>,
}

impl Audit {
    pub(crate) fn came_from(&mut self, address: Option<IpAddr>) {
        self.address = address;
    }

    pub(crate) fn refused(&mut self, reason: Reason, claimed: Claimed) {
        self.reason = Some(reason);
        self.tenant = claimed.tenant;
        self.object = claimed.object;
    }

    pub(crate) fn validated(&mut self, caller: &Caller) {
        self.tenant = Some(caller.tenant.clone());
        self.object = Some(caller.object.clone());
        self.client = Some(caller.client.clone());
    }

    pub(crate) fn asked_acs(&mut self, outcome: &AcsOutcome) {
        self.acs_request = outcome.request_id.clone();
        self.acs_attempts = Some(outcome.attempts);
    }

    /// Why the caller's token was refused, if it was.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.reason.map(Reason::code)
    }

    /// How often ACS was asked.
    pub(crate) fn attempts(&self) -> u32 {
        self.acs_attempts.unwrap_or_default()
    }

    pub(crate) fn log(
        &self,
        under: (&CorrelationId, &TraceContext),
        status: StatusCode,
        code: Option<&str>,
        took: Duration,
    ) {
        let (correlation, trace) = under;
        tracing::info!(
            correlation = correlation.as_str(),
            trace = trace.trace(),
            status = status.as_u16(),
            code,
            reason = self.reason(),
            address = self.address.map(tracing::field::display),
            tid = self.tenant.as_ref().map(TenantId::as_str),
            oid = self.object.as_ref().map(ObjectId::as_str),
            azp = self.client.as_ref().map(ClientId::as_str),
            acs_attempts = self.acs_attempts,
            ms_cv = self.acs_request.as_deref(),
            milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "{}",
            if status.is_success() { "allowed" } else { "denied" },
        );
    }
}
