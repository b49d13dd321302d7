//! The sign-in and the exchange as pure functions: no browser, no network, no clock, no randomness of its own.
//!
//! [`session`] is where to start: a machine that takes one event and returns the next state and the work it asks for.
//! Everything else is one step of it, a module a document: OAuth 2.0 (RFC 6749), PKCE (RFC 7636), the issuer in the
//! answer (RFC 9207), OpenID Connect Core and Discovery, and the contracts of exchange backends.

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

/// By how many seconds the clock of an issuer and that of this machine may differ, for the page, the exchange service
/// and its readiness alike (REP-20). Five minutes are what Microsoft's own libraries allow by default (`ClockSkew`) and what
/// Kerberos demands of the machines of a domain; ACS allows no less. A service that calls itself ready with a clock
/// must accept the tokens that this clock meets.
pub const CLOCK_TOLERANCE: u64 = 5 * 60;
