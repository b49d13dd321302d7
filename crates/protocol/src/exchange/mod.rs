//! Contracts of exchange backends: request out, token or problem in. One file a contract.

#[cfg(feature = "sign-in")]
mod outcome;
mod problem;
pub mod quickstart;

#[cfg(feature = "sign-in")]
pub use outcome::{Exchanged, read, request};
pub use problem::{ExchangeProblem, ProblemCode};
