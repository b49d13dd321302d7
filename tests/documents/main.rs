//! Checks the documents against the code, and the values that scripts and Rust code share.

mod languages;
mod monitoring;
mod node_versions;
mod script_constants;
mod script_messages;
mod text;
mod texts;
mod threat_model;
