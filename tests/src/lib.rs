//! The harness of the tests that cross crates.
//!
//! [`Stack`] runs everything except the browser in this process, each part on its own port: the emulator of Azure, the
//! exchange service, and the page with the headers of production. [`Portal`] is a site that shows the page in a frame.
//! [`Browser`] is one of three engines with a fresh profile. All of them end when they are dropped. The process of a
//! browser can then serve another test. Errors of the harness panic, because they fail a test.

mod backend;
mod browser;
#[cfg(test)]
mod document_domain;
mod entra;
mod finding;
mod headers;
mod loopback;
mod portal_server;
mod program;
mod provider;
mod record;
mod samples;
mod set_up;
mod site;
mod stack;
pub mod texts;
mod web_server;

pub use backend::{Backend, CONTOSO_PAGE, FABRIKAM_PAGE, PORTAL_AUDIENCE, Setup};
pub use browser::{Browser, Engine};
pub use entra::Entra;
pub use finding::found;
pub use headers::Host;
pub use loopback::listen;
pub use portal_server::Portal;
pub use provider::Provider;
pub use record::Record;
pub use samples::{Program, Sample, all_samples};
pub use set_up::Users;
pub use site::{Replacement, Site, content_type};
pub use stack::{Stack, copy_of, dist, precede};
pub use web_server::WebServer;
