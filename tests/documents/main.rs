//! Checks what the documents say about the code, and what scripts and code have in common.

mod node_versions;
mod script_constants;
mod script_messages;
mod text;
mod threat_model;
