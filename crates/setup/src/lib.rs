//! Sets a tenant of Microsoft Entra up for the page and the exchange service, by Microsoft Graph.
//!
//! [`Current`] reads what exists, [`changes`] compares it with the [`Settings`], [`apply`] makes the first change and
//! begins again until none is left. So a run that was interrupted continues where it ended, and a second run changes
//! nothing. The [`Record`] has what was created or added, and [`remove`] removes nothing else.

mod apply;
mod change;
mod check;
mod cloud;
mod current;
mod failure;
mod files;
mod graph;
mod json;
mod patch;
mod record;
mod remove;
mod rights;
mod settings;
mod token;

pub use apply::apply;
pub use change::{Change, Step, changes};
pub use check::{Finding, check};
pub use cloud::Cloud;
pub use current::Current;
pub use failure::{Failure, Refusal};
pub use files::{File, difference, files};
pub use graph::{Graph, Patience};
pub use record::Record;
pub use remove::remove;
pub use rights::{Rights, require_write};
pub use settings::Settings;
pub use token::{GraphToken, from_azure_cli};
