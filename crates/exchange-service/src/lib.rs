//! The trusted backend: takes a person's Entra token for ACS (A1) from the page, and returns an ACS token (D).
//!
//! It holds the ACS resource's access key, which a browser must not have. It trusts neither the person (A2) nor the
//! application (A3) that a request could name: A2 comes from a token that was issued for this service and validated
//! here (B), A3 from its own configuration. A1 stays opaque, because its audience is ACS, which compares it with A2 and
//! A3.
//!
//! Read `service` first, then `http::exchange_routes` (the order of the checks) and `caller` (how B is validated).
//!
//! Modules depend on each other in one direction, which `tests/module_graph.rs` checks:
//!
//! ```text
//! service ──▶ configuration ──▶ { acs, caller, mailbox, telemetry }
//! service ──▶ http ──▶ { acs, mailbox } ──▶ telemetry ──▶ caller ──▶ net
//! ```

mod acs;
mod caller;
mod clock;
mod configuration;
#[cfg(test)]
mod constant_time;
mod http;
mod mailbox;
mod net;
mod rate_limit;
mod reach;
mod service;
mod start_error;
mod telemetry;
mod text_file;

pub use acs::assignments::{Assignment, Assignments, AssignmentsError, Principal};
pub use clock::{Clock, SystemClock};
pub use configuration::{Configuration, ConfigurationError, ProcessSettings};
pub use contract::UnixTime;
pub use http::serve;
pub use net::serve::listen;
pub use reach::{Reached, Unreached};
pub use service::{ExchangeService, router};
pub use start_error::StartError;
pub use telemetry::log::{Log, LogThreads, QueuedLine, WhenFull};
pub use text_file::{UnreadableFile, read as read_text_file};
