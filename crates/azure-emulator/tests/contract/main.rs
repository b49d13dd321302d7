//! Contract tests: requests of clients to the routers of the emulator.
#![expect(clippy::unwrap_used, reason = "this crate contains tests and their helpers only")]

mod acs;
mod admin_consent;
mod authorize;
mod backend;
mod browser;
mod client_credentials;
mod consent;
mod control;
mod discovery;
mod entra_users;
mod faults;
mod graph;
mod identities;
mod logout;
mod managed_identity;
mod numbered_seed;
mod published_errors;
mod redeem;
mod renew;
mod response_faults;
mod second_factor;
mod seed;
mod serve;
mod teams_extension;
mod tls;
