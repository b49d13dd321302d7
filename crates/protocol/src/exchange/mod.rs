//! Contracts of exchange backends: request out, token or problem in. One file a contract.

#[cfg(feature = "sign-in")]
pub mod acs_entra;
#[cfg(feature = "sign-in")]
mod challenge;
#[cfg(feature = "sign-in")]
mod function;
pub mod guest;
pub mod hero;
#[cfg(feature = "sign-in")]
mod outcome;
mod problem;
pub mod quickstart;

#[cfg(feature = "sign-in")]
pub use challenge::claims;
#[cfg(feature = "sign-in")]
pub use outcome::{Exchanged, Person, read, read_guest, request};
pub use problem::{ExchangeProblem, ExchangeProblemCode};
