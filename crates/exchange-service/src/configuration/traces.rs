//! The address for traces: of the section `traces`, or of variables of OpenTelemetry.

use reqwest::Url;
use zeroize::Zeroizing;

use super::{address::document, fault::ConfigurationError};

/// The complete address.
const OF_TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// The base address of all kinds of telemetry.
const OF_ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Says in the masked configuration that the address is from a variable. It is not shown, because it may have a key.
pub(super) const SOURCE: &str = "the collector of traces is from a variable of OpenTelemetry";

/// `None` if nothing names a collector, or if `OTEL_SDK_DISABLED` is `true`. The file comes first.
pub(super) fn address(
    configured: Option<Url>,
    environment: impl Fn(&str) -> Option<Zeroizing<String>>,
) -> Result<Option<Url>, ConfigurationError> {
    if environment("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let base = match (configured, environment(OF_TRACES), environment(OF_ALL)) {
        (Some(base), _, _) => base,
        (None, Some(complete), _) => return document(OF_TRACES, &complete).map(Some),
        (None, None, Some(base)) => document(OF_ALL, &base)?,
        (None, None, None) => return Ok(None),
    };
    let mut address = base;
    address.set_path(&format!("{}/v1/traces", address.path().trim_end_matches('/')));
    Ok(Some(address))
}

#[cfg(test)]
mod tests;
