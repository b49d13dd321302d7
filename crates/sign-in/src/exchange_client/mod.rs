//! The page's side of the exchange contracts, one file each: the request, and the response with D or a problem.

pub mod acs_entra;
mod challenge;
mod exchanged;
mod function;
pub(crate) mod guest;
mod hero;
mod outcome;
mod quickstart;

pub use challenge::claims;
pub use exchanged::{Exchanged, PersonIds};
pub use outcome::{read, read_guest, request, warm_up};
