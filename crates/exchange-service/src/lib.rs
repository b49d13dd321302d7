//! The trusted backend: takes a person's Entra token for ACS (A1) from the page, and answers with an ACS token (D).
//!
//! It holds what a browser must not: the ACS resource's access key. It decides by what it knows itself: who is asking
//! (A2) comes out of a token that was issued for this service and validated here (B), and for which application (A3) out
//! of its own configuration. A1 stays opaque; ACS is its audience, and compares it with A2 and A3.
//!
//! Read [`router`] first, then `exchange_routes` (the order of the checks) and `caller` (how B is validated).

mod acs;
mod audit;
mod body;
mod budget;
mod caller;
mod client_address;
mod clock;
mod configuration;
mod connections;
#[cfg(test)]
mod constant_time;
mod correlation;
mod exchange_routes;
mod fetch_metadata;
mod key_relay;
mod log;
mod mailbox;
mod metrics;
mod middleware;
mod outbound;
mod peer_clock;
mod probes;
mod problem_details;
mod progress;
mod rate_limit;
mod reach;
mod request_context;
mod router;
mod serve;
mod start_error;
mod step_up;
mod text_file;
mod trace_context;
mod trace_export;

pub use acs::{
    access_key::AccessKeyFault,
    assignments::{Assignment, Assignments, AssignmentsError, Principal},
};
pub use clock::{Clock, SystemClock};
pub use configuration::{Configuration, ConfigurationError, Fault, Operation};
pub use log::{Log, LogThreads, QueuedLine, WhenFull};
pub use reach::{Reached, Unreached};
pub use router::{ExchangeService, router};
pub use serve::{listen, serve};
pub use start_error::StartError;
pub use text_file::{UnreadableFile, read as read_text_file};
