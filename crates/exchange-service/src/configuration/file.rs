//! The file: its keys before the first section, and its sections. The types derive its JSON schema too, where the first
//! sentence of a comment is what an editor shows.

use serde::{Deserialize, Serialize};

use super::{
    acs::AcsSection,
    entra::EntraSection,
    exchanges::ExchangesSection,
    fault::{ConfigurationError, Fault, at, must_be},
    foreign_issuer::ForeignIssuerSection,
    limits::LimitsSection,
    mailbox::MailboxSection,
    page::PageSection,
    toml_values::{Number, Section, Word},
};
use crate::telemetry::log::WhenFull;

/// The configuration of the exchange service.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "exchange-service.toml"))]
pub(super) struct File {
    /// The IP address and port to listen on. Without it: 127.0.0.1:8403. Azure Functions decides it instead.
    pub(super) listen: Option<String>,
    /// The IP address and port for Prometheus. Only Prometheus should reach it.
    pub(super) metrics_listen: Option<String>,
    /// How long requests are still served after SIGTERM, until load balancers notice it. Without it: 0.
    pub(super) drain_seconds: Option<Number<0, 60>>,
    /// Whether several processes receive the requests. Without it: only as an Azure Function.
    pub(super) scales_out: Option<bool>,
    /// What happens to an exchange whose audit record cannot be written. Without it: `refuse`.
    pub(super) audit_when_full: Option<Word<WhenFull>>,
    pub(super) acs: Section<AcsSection>,
    pub(super) page: Section<PageSection>,
    pub(super) entra: Section<EntraSection>,
    pub(super) exchanges: Option<Section<ExchangesSection>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) foreign_issuers: Vec<Section<ForeignIssuerSection>>,
    pub(super) limits: Option<Section<LimitsSection>>,
    pub(super) mailbox: Option<Section<MailboxSection>>,
    pub(super) traces: Option<Section<TracesSection>>,
}

/// The export of traces. Without this section: none.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TracesSection {
    /// An OpenTelemetry collector that accepts OTLP over HTTP: scheme, host and port.
    pub(super) collector: String,
}

impl File {
    /// Reads the text as far as the types decide what it may have.
    pub(super) fn read(text: &str) -> Result<Self, ConfigurationError> {
        let parsed = toml::Deserializer::parse(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            at("configuration", Fault::NotToml(before.matches('\n').count() + 1))
        })?;
        serde_path_to_error::deserialize(parsed).map_err(|error| {
            let (path, message) = (error.path().to_string(), error.inner().message().replace('`', ""));
            mistake(path, &message)
        })
    }
}

/// The mistake that a message describes. A message of serde begins with the value, which may be a secret, and ends with
/// what is expected. Only the end is shown.
fn mistake(path: String, message: &str) -> ConfigurationError {
    // The message of a number that is out of range.
    if let Some(expected) = message.strip_prefix("must be ") {
        return at(path, must_be(expected.to_owned()));
    }
    if let Some(missing) = message.strip_prefix("missing field ") {
        let key = if path == "." { missing.to_owned() } else { format!("{path}.{missing}") };
        return at(key, Fault::Missing);
    }
    let expected = message.rsplit_once(", expected ").map_or("another kind of value", |(_, expected)| expected);
    if message.starts_with("unknown field ") {
        return at(path, Fault::UnknownKey { expected: expected.to_owned() });
    }
    let expected = match expected {
        "a boolean" => "true or false",
        "a sequence" if path == "foreign_issuers" => "written [[foreign_issuers]], once for each",
        "a sequence" => "a list",
        "a string" => "a text",
        "i64" => "a whole number",
        other => other,
    };
    at(path, must_be(expected.to_owned()))
}
