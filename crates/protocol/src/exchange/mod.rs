//! Contracts of exchange backends: request out, token or problem in. One file a contract.

#[cfg(feature = "sign-in")]
pub mod acs_entra;
#[cfg(feature = "sign-in")]
mod challenge;
mod exchange_problem;
#[cfg(feature = "sign-in")]
mod function;
pub mod guest;
pub mod hero;
#[cfg(feature = "sign-in")]
mod outcome;
pub mod quickstart;

#[cfg(feature = "sign-in")]
pub use challenge::claims;
pub use exchange_problem::{ExchangeProblem, ExchangeProblemCode};
#[cfg(feature = "sign-in")]
pub use outcome::{Exchanged, Person, read, read_guest, request};
