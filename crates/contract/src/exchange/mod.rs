//! The request and response types of the exchange, one file for each contract.

mod exchange_problem;
pub mod guest;
pub mod hero;
pub mod quickstart;

pub use exchange_problem::{ExchangeProblem, ExchangeProblemCode};
