//! The HTTP interface of the service. No other directory names axum.
//!
//! Read [`router`] first, then `exchange_routes` (the order of the checks) and `middleware` (what applies to each
//! request and each response).

mod admission;
mod bearer;
mod body;
mod client_address;
mod context;
mod cors;
mod exchange_routes;
mod key_relay;
mod mailbox_routes;
mod middleware;
#[cfg(test)]
mod openapi;
mod probes;
mod problem_details;
mod router;
mod serve;
mod state;

pub use self::serve::serve;
pub(crate) use self::{
    problem_details::step_up_challenge,
    router::{metrics_routes, routes},
    serve::serve_within,
    state::{AppState, MAX_CONCURRENT_EXCHANGES},
};
