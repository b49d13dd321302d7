//! End-to-end tests: the release build of the page in a real browser, with real redirects. `cargo xtask test --only
//! e2e` runs them in one engine. Tests for Chromium only are in the modules `chromium`.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

mod chromium;
mod clocks;
mod embed;
mod emulator;
mod entra_errors;
mod history;
mod hostile_script;
mod integrity;
mod neighbors;
mod page_host;
mod policy;
mod provider;
mod renewal;
mod samples;
mod set_up;
mod shared_browsers;
mod sign_in;
mod sign_in_methods;
mod sites;
mod start_up;
mod tampered;
mod translation;
mod vectors;
mod web_servers;
mod window;
