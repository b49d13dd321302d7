//! Connections: those that clients open, those that the service opens, and what both may cost.

pub(crate) mod budget;
pub(crate) mod connections;
pub(crate) mod outbound;
pub(crate) mod peer_clock;
mod progress;
pub(crate) mod serve;
