//! What the page, the vault and a portal say to each other, and the problems a person can be told.
//!
//! What the vault holds for a sign-in (A1, B, the refresh token, the ID token) has no type here, so no message can name
//! it. What does cross is the [`AcsToken`], which the person came for, and, in the redirect flow, each [`RedactedText`]
//! that the page must keep or hand over: the answer with its code, the transaction with its verifier.

mod acs_token;
mod from_portal;
mod from_vault;
mod locale;
pub mod peer_text;
mod problem;
mod redacted_text;
mod to_portal;
mod to_vault;
mod window_messages;

pub use acs_token::AcsToken;
pub use from_portal::{Connect, FromPortal, Hints, PORTAL_PROTOCOL, Theme};
pub use from_vault::{Account, Consent, FromVault, Greeting, Notice, Portal, SignInMethod, Site, Step, ViewState};
pub use locale::Locale;
pub use problem::{Problem, ProblemCode, Who};
pub use redacted_text::RedactedText;
pub use to_portal::{PublicProblem, Status, ToPortal};
pub use to_vault::{Hint, NoWindow, Opening, ToVault};
pub use window_messages::{FromWindow, ToWindow};

/// Names the build that both the page and the vault come from. A page that meets a vault of another build (a
/// deployment went on between the two downloads) ends it. `boot.js` will have handed it the answer by then: its
/// messages are the part that two builds share.
pub const BUILD: &str = env!("ACS_SIGN_IN_BUILD");
