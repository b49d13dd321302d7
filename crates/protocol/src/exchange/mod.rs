//! The contracts of exchange backends, one file each: the request, and the response with D or a problem.

#[cfg(feature = "sign-in")]
pub mod acs_entra;
#[cfg(feature = "sign-in")]
mod challenge;
mod exchange_problem;
#[cfg(feature = "sign-in")]
mod exchanged;
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
pub use exchanged::{Exchanged, Person};
#[cfg(feature = "sign-in")]
pub use outcome::{read, read_guest, request};
