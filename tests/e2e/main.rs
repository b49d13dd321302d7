//! End to end: the release build of the page, a real browser, real redirects. `cargo xtask test --only e2e` runs it, once
//! for each engine; what one engine alone can do is in the module of its name.

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
mod shared_browsers;
mod sign_in;
mod sign_in_methods;
mod sites;
mod tampered;
mod translation;
mod vectors;
mod window;
