//! Messages between the page, the vault, a portal and the sign-in window, and the problems that the page can show.
//!
//! The vault's secrets (A1, B, the refresh token, the ID token) have no type here, so no message can contain one. Two
//! secrets cross: the [`AcsToken`], which is the purpose of the sign-in, and in the redirect flow each [`RedactedText`]
//! that the page stores or forwards: the authorization response with its code, the transaction with its verifier.

mod acs_token;
mod branding;
mod from_portal;
mod from_vault;
pub mod json;
mod limits;
mod locale;
pub mod peer_text;
mod problem;
mod redacted_text;
mod to_portal;
mod to_vault;
mod window_messages;

pub use acs_token::AcsToken;
pub use branding::{Branding, Color};
pub use from_portal::{Connect, FromPortal, Hints, PORTAL_PROTOCOL, Theme};
pub use from_vault::{Account, Consent, FromVault, Greeting, Notice, Portal, SignInMethod, Site, Step, ViewState};
pub use limits::{MAX_AUTHORIZATION_RESPONSE, MAX_OPENING_TEXT};
pub use locale::Locale;
pub use problem::{Problem, ProblemCode, Who};
pub use redacted_text::RedactedText;
pub use to_portal::{PublicProblem, Status, ToPortal};
pub use to_vault::{Hint, NoWindow, Opening, ToVault};
pub use window_messages::{FromWindow, ToWindow};

/// The name of the build, the same in the page and in the vault. After a deployment between the two downloads they
/// differ, and the page then ends the vault. `boot.js` has sent `begin` with the authorization response by then, so
/// those two messages must stay compatible between builds.
pub const BUILD: &str = env!("ACS_SIGN_IN_BUILD");
