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
mod identities;
mod logout;
mod managed_identity;
mod published;
mod redeem;
mod renew;
mod repeated;
mod second_factor;
mod seed;
mod serve;
mod spoiled;
mod teams_extension;
mod tls;
