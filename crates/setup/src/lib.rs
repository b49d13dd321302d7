//! Sets a tenant of Microsoft Entra up for the page and the exchange service, by Microsoft Graph.
//!
//! [`Plan`] compares what exists with the [`Settings`], [`apply`] makes the first change and begins again until none is
//! left. So a run that was interrupted continues where it ended, and a second run changes nothing. The [`Record`] has
//! what was created, added or adopted: by it alone, a run knows its registrations, and [`remove`] removes nothing else.

mod adopt;
mod apply;
mod candidate;
mod change;
mod check;
mod cloud;
mod current;
mod failure;
mod files;
mod graph;
mod json;
mod patch;
mod plan;
mod record;
mod remove;
mod rights;
mod settings;
mod token;

pub use adopt::Adoption;
pub use apply::apply;
pub use candidate::Candidate;
pub use change::{Change, Step};
pub use check::{Finding, check};
pub use cloud::Cloud;
pub use failure::{Failure, Refusal};
pub use files::{File, difference, files};
pub use graph::{Graph, Patience};
pub use plan::Plan;
pub use record::Record;
pub use remove::remove;
pub use rights::Rights;
pub use settings::Settings;
pub use token::{GraphToken, from_azure_cli};
