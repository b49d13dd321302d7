//! What the emulator promises its clients, through its routers.
#![expect(clippy::unwrap_used, reason = "everything here is a test or serves one")]

mod acs;
mod authorize;
mod browser;
mod consent;
mod control;
mod discovery;
mod logout;
mod redeem;
mod renew;
mod serve;
