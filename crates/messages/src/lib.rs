//! What the page, the vault and a portal say to each other, and the problems a person can be told.
//!
//! The only secret a message can carry is the [`AcsToken`]: it is what the person came for. Whatever else the vault
//! holds has no type here, so no message can name it.

mod acs_token;

pub use acs_token::AcsToken;
