//! End to end: the release build of the page, a real browser, real redirects. `cargo xtask test --only e2e` runs it.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

mod browser;
mod emulator;
mod integrity;
mod sign_in;
mod sites;
