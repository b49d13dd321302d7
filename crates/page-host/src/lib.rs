//! The page's host: its files, which headers each response must have, and the configuration of web servers that send
//! them.
//!
//! [`HeaderProfile::headers`] is the only place that has the headers, and [`SiteFiles`] makes the files. What is tested
//! with them is what operators deploy.

mod addresses;
mod authority;
mod choices;
mod configuration;
mod connection_allowlist;
mod files;
mod finding;
mod header_profile;
mod host_headers;
mod hosts;
mod media_type;
mod path_kind;

pub use addresses::Addresses;
pub use authority::Authority;
pub use choices::Choices;
pub use configuration::Configuration;
pub use files::{FilesError, Logo, SiteFiles};
pub use finding::{Finding, Severity};
pub use header_profile::{Header, HeaderProfile};
pub use host_headers::{HostHeaders, TransportSecurity};
pub use hosts::{Host, HostError, HostFile, Installation};
pub use media_type::media_type;
pub use path_kind::PathKind;
