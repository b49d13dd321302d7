//! The harness of the tests that cross crates.
//!
//! [`Stack`] is everything but the browser, in this process, each part on a port of its own: the emulator of Azure, the
//! exchange service, and the page with production's headers. [`Portal`] is a site that frames the page. [`Browser`] is one
//! of three engines, as with a fresh profile. All of them end when they are dropped; the process of a browser may then
//! serve another test. Whatever goes wrong here panics: this is the code of tests.

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
mod site;
mod stack;

pub use backend::{Backend, CONTOSO_PAGE, FABRIKAM_PAGE, PORTAL_AUDIENCE, Setup};
pub use browser::{Browser, Engine};
pub use entra::Entra;
pub use finding::found;
pub use headers::{Host, Origins};
pub use loopback::listen;
pub use portal_server::Portal;
pub use provider::Provider;
pub use record::Record;
pub use samples::{Program, Sample, street};
pub use site::{Replacement, Site, content_type};
pub use stack::{Stack, dist};
