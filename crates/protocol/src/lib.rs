//! The sign-in and the exchange as pure functions, without browser, network, clock or randomness.
//!
//! Start with [`session`]: a state machine that takes one event and returns the next state and the effects to perform.
//! Each other module is one step of it or one specification: OAuth 2.0 (RFC 6749), PKCE (RFC 7636), the issuer in
//! authorization responses (RFC 9207), OpenID Connect Core and Discovery, and the contracts of exchange backends.

#[cfg(feature = "sign-in")]
pub mod address;
#[cfg(feature = "sign-in")]
pub mod authority;
#[cfg(feature = "sign-in")]
pub mod authorize;
#[cfg(feature = "sign-in")]
pub mod callback;
#[cfg(feature = "sign-in")]
pub mod config;
#[cfg(feature = "sign-in")]
pub mod entra_error;
pub mod exchange;
#[cfg(feature = "sign-in")]
pub mod http;
#[cfg(feature = "sign-in")]
pub mod id_token;
pub mod ids;
pub mod json;
#[cfg(feature = "sign-in")]
pub mod jwks;
pub mod mailbox;
#[cfg(feature = "sign-in")]
pub mod pkce;
pub mod rfc3339;
pub mod secret;
#[cfg(feature = "sign-in")]
pub mod session;
pub mod text_file;
#[cfg(feature = "sign-in")]
pub mod token;

/// By how many seconds an issuer's clock and the local clock may differ, for the page, the exchange service and its
/// readiness alike (REP-20). Microsoft's libraries allow five minutes by default (`ClockSkew`), Kerberos requires them
/// of the computers of a domain, and ACS allows no less. A service that reports itself ready must accept the tokens
/// that its clock can meet.
pub const CLOCK_TOLERANCE: u64 = 5 * 60;
