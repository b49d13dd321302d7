//! Contracts of exchange backends: request out, token or problem in. One file a contract.

mod problem;
pub mod quickstart;

pub use problem::{ExchangeProblem, ProblemCode};
