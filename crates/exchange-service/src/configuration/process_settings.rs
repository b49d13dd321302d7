//! The keys before the first section: how the process runs.

use std::{net::SocketAddr, time::Duration};

use super::{
    fault::{ConfigurationError, Fault, at},
    section::Section,
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
    pub(super) fn read(
        file: &mut Section,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigurationError> {
        let mut address = |key: &'static str| match file.text(key)? {
            Some(text) => text.parse().map(Some).map_err(|_| at(key, Fault::NotAListenAddress)),
            None => Ok(None),
        };
        let listen = address("listen")?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8403)));
        let function = environment(FUNCTIONS_PORT).filter(|port| !port.is_empty());
        let listen = match &function {
            // The Functions host sends its requests from the same machine.
            Some(port) => match port.parse() {
                Ok(port) => SocketAddr::from(([127, 0, 0, 1], port)),
                Err(_) => return Err(at(FUNCTIONS_PORT, Fault::NotAPort)),
            },
            None => listen,
        };
        let metrics_listen = address("metrics_listen")?;
        if metrics_listen.is_some_and(|metrics| are_one(listen, metrics)) {
            return Err(at("metrics_listen", Fault::SameAddress));
        }
        let drain = Duration::from_secs(file.number("drain_seconds", 0, 60)?.unwrap_or(0).into());
        // Azure Functions adds instances by itself.
        let scales_out = file.flag("scales_out")?.unwrap_or(function.is_some());
        let audit_when_full = match file.text("audit_when_full")?.as_deref() {
            None | Some("refuse") => WhenFull::Refuse,
            Some("drop") => WhenFull::Drop,
            Some(_) => return Err(at("audit_when_full", Fault::NotWhenFull)),
        };
        Ok(Self { listen, metrics_listen, drain, scales_out, audit_when_full })
    }

    pub(super) fn masked(self) -> String {
        let Self { listen, metrics_listen, drain, scales_out, audit_when_full } = self;
        let metrics = metrics_listen.map(|address| format!("metrics_listen = \"{address}\"\n")).unwrap_or_default();
        let audit = match audit_when_full {
            WhenFull::Refuse => "refuse",
            WhenFull::Drop => "drop",
        };
        format!(
            "listen = \"{listen}\"\n{metrics}drain_seconds = {}\nscales_out = {scales_out}\naudit_when_full = \"{audit}\"",
            drain.as_secs()
        )
    }
}

/// Whether connections to one address can arrive at the listener of the other. With port 0 the system chooses two
/// different ports.
fn are_one(a: SocketAddr, b: SocketAddr) -> bool {
    let any = a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() == b.port() && a.port() != 0 && (any || a.ip() == b.ip())
}
