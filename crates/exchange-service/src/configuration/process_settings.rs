//! The keys before the first section: how the process runs.

use std::{net::SocketAddr, time::Duration};

use super::{
    fault::{ConfigurationError, Fault, at, must_be},
    file::File,
    secret::Environment,
    toml_values::Number,
};
use crate::telemetry::log::WhenFull;

/// The settings of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessSettings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address of the metrics. `None` without a metrics listener.
    pub metrics_listen: Option<SocketAddr>,
    /// How long requests are still served after the shutdown signal, until load balancers notice it.
    pub drain: Duration,
    /// Whether several processes like this one receive the requests.
    pub scales_out: bool,
    /// What happens to an exchange whose audit record cannot be written.
    pub audit_when_full: WhenFull,
}

/// The variable with the port on which the Functions host expects its custom handler.
const FUNCTIONS_PORT: &str = "FUNCTIONS_CUSTOMHANDLER_PORT";

impl ProcessSettings {
    /// Also fills in the defaults, and what Azure Functions decides.
    pub(super) fn validate(file: &mut File, environment: Environment<'_>) -> Result<Self, ConfigurationError> {
        let address = |key, text: &String| {
            text.parse::<SocketAddr>().map_err(|_| at(key, must_be("an IP address and a port, like 127.0.0.1:8403")))
        };
        let mut listen = address("listen", file.listen.get_or_insert_with(|| "127.0.0.1:8403".to_owned()))?;
        let function = environment(FUNCTIONS_PORT);
        if let Some(port) = &function {
            // The Functions host sends its requests from the same machine.
            let port = port.parse().map_err(|_| at(FUNCTIONS_PORT, must_be("the number of a port")))?;
            listen = SocketAddr::from(([127, 0, 0, 1], port));
            file.listen = Some(listen.to_string());
        }
        let metrics_listen = file.metrics_listen.as_ref().map(|text| address("metrics_listen", text)).transpose()?;
        if metrics_listen.is_some_and(|metrics| are_one(listen, metrics)) {
            return Err(at("metrics_listen", Fault::SameAddress));
        }
        // Azure Functions adds instances by itself.
        let scales_out = *file.scales_out.get_or_insert(function.is_some());
        let drain = Duration::from_secs(file.drain_seconds.get_or_insert(Number(0)).0.into());
        let audit_when_full = file.audit_when_full.get_or_insert_default().0;
        Ok(Self { listen, metrics_listen, drain, scales_out, audit_when_full })
    }
}

/// Whether connections to one address can arrive at the listener of the other. With port 0 the system chooses two
/// different ports.
fn are_one(a: SocketAddr, b: SocketAddr) -> bool {
    let any = a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() == b.port() && a.port() != 0 && (any || a.ip() == b.ip())
}
