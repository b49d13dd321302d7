//! The page's host: which headers each response must have.
//!
//! [`HeaderProfile::headers`] is the only place that has them. What is tested with it is what operators deploy.

mod addresses;
mod choices;
mod header_profile;
mod path_kind;

pub use addresses::Addresses;
pub use choices::Choices;
pub use header_profile::{Header, HeaderProfile};
pub use path_kind::PathKind;
