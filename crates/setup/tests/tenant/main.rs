//! Sets tenants of the emulator up, over TLS on loopback.
#![expect(clippy::unwrap_used, reason = "this crate contains tests and their helpers only")]

mod lifecycle;
mod program;
mod refusals;
mod tenant;
