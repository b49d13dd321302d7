//! The program on real web servers: what `build` writes is served, and `check` finds no fault in it.

#![expect(clippy::unwrap_used, reason = "clippy does not see that what a test calls is a test")]

mod caddy;
mod checked;
mod faults;
mod folder;
mod nginx;
mod scanners;
mod serve;
mod server;
mod static_web_apps;
