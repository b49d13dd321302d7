//! The sign-in (the relying party) as pure functions, without browser, network, clock or randomness.
//!
//! Start with [`session`]: a state machine that takes one event and returns the next state and the effects to perform.
//! Each other module is one step of it or one specification: OAuth 2.0 (RFC 6749), PKCE (RFC 7636), the issuer in
//! authorization responses (RFC 9207), OpenID Connect Core and Discovery, and the contracts of exchange backends.

pub mod address;
pub mod authority;
pub mod authorize;
pub mod callback;
pub mod config;
pub mod entra_error;
pub mod exchange_client;
pub mod http;
pub mod id_token;
pub mod jwks;
pub mod pkce;
pub mod session;
pub mod token;
