//! The sign-in and the exchange as pure functions: no browser, no network, no clock, no randomness of its own.

pub mod exchange;
pub mod secret;
