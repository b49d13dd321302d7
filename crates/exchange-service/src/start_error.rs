use thiserror::Error;

/// Why a service with a valid configuration cannot start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StartError {
    /// The machine has no root certificates that TLS could trust.
    #[error("the root certificates of this machine cannot be read")]
    NoTrustAnchors,
    /// The process was given no identity of the kind that `acs.identity` names.
    #[error("acs.identity: this process was given no identity of that kind")]
    NoIdentity,
    /// The exporter of traces rejects one of its variables.
    #[error("the exporter of traces rejects one of the variables OTEL_EXPORTER_OTLP_*")]
    NoTraceExporter,
}
