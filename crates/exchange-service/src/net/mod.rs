//! Connections: incoming, outgoing, and their limits.

pub(crate) mod budget;
pub(crate) mod connections;
pub(crate) mod outbound;
pub(crate) mod peer_clock;
mod progress;
pub(crate) mod serve;
