//! What the page, the vault and a portal say to each other, and the problems a person can be told.
//!
//! The only secret a message can carry is the [`AcsToken`]: it is what the person came for. Whatever else the vault
//! holds has no type here, so no message can name it.

mod acs_token;
mod from_vault;
mod problem;
mod to_vault;

pub use acs_token::AcsToken;
pub use from_vault::{Account, FromVault, Picture, Step};
pub use problem::{Problem, ProblemCode, Who};
pub use to_vault::{Opening, ToVault};

/// Names the build that both the page and the vault come from. A page that meets a vault of another build (a
/// deployment went on between the two downloads) does not talk to it.
pub const BUILD: &str = match option_env!("ACS_SIGN_IN_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};
