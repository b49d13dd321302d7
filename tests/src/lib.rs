//! The harness of the tests that cross crates.
//!
//! [`Stack`] is everything but the browser, in this process, each part on a port of its own: the emulator of Azure, the
//! exchange service, and the page with production's headers. [`Browser`] is a headless Chromium with a fresh profile.
//! Both end when they are dropped. Whatever goes wrong here panics: this is the code of tests.

mod backend;
mod browser;
mod driver;
mod headers;
mod site;
mod stack;

pub use backend::{Backend, CONTOSO_PAGE, FABRIKAM_PAGE, Setup};
pub use browser::Browser;
pub use headers::{Connect, Host};
pub use site::{Site, content_type};
pub use stack::{Stack, dist};
