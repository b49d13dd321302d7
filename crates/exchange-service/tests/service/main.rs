//! The service through its router, with real tokens, keys over loopback, and a stand-in for ACS that records its
//! requests.

#![expect(clippy::unwrap_used, reason = "clippy does not see that what a test calls is a test")]

mod access_keys;
mod acs_answers;
mod allowance_redis;
mod assignments;
mod audit;
mod authority;
mod bench;
mod bicep;
mod browser_fetch;
mod callers;
mod client_secret;
mod clocks;
mod contract;
mod differential;
mod exchanges;
mod faults;
mod foreign_issuers;
mod functions;
mod functions_host;
mod held;
mod key_relay;
mod keys;
#[cfg(target_os = "linux")]
mod load;
mod mailbox;
mod mailbox_redis;
mod nginx;
mod operations;
mod peer;
mod properties;
mod rate_limits;
mod raw;
mod running;
#[cfg(target_os = "linux")]
mod sandbox;
mod service_identity;
#[cfg(target_os = "linux")]
mod soak;
mod step_up;
mod surface;
mod tls;
mod traces;
mod workload;
