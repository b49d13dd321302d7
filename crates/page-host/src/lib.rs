//! The page's host: its files, and which headers each response must have.
//!
//! [`HeaderProfile::headers`] is the only place that has the headers, and [`SiteFiles`] makes the files. What is tested
//! with them is what operators deploy.

mod addresses;
mod authority;
mod choices;
mod connection_allowlist;
mod files;
mod header_profile;
mod path_kind;

pub use addresses::Addresses;
pub use authority::Authority;
pub use choices::Choices;
pub use files::{FilesError, SiteFiles};
pub use header_profile::{Header, HeaderProfile};
pub use path_kind::PathKind;
