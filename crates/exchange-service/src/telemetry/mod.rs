//! What the service reports: audit records and other log lines, metrics, and traces.

pub(crate) mod audit;
pub(crate) mod correlation;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod trace_context;
pub(crate) mod trace_export;
