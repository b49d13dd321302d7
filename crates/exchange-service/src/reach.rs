//! Checks what the configuration points at, before people depend on it.

use thiserror::Error;

use crate::{
    acs::{AcsClient, AcsRefusal},
    caller::Validator,
    net::peer_clock::PeerClock,
};

/// Something that the configuration points at, and whether it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// A tenant, a foreign issuer, or ACS.
    pub what: String,
    /// Why it cannot be used, if it cannot.
    pub outcome: Result<(), Unreached>,
}

/// Why something cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreached {
    /// It cannot be reached, or does not answer as it should.
    #[error("cannot be reached, or does not answer as it should")]
    NoAnswer,
    /// The identity that `acs.identity` names gave no token.
    #[error("the identity that acs.identity names gave no token")]
    NoIdentityToken,
    /// An issuer has no key that could be used.
    #[error("no usable keys of it can be had")]
    NoKeys,
    /// ACS does not take the key or the identity.
    #[error("refuses this service: its key, or the role of its identity")]
    ServiceRefused,
    /// The clocks differ by this many seconds.
    #[error("differs by {0} seconds")]
    WrongClock(u64),
}

/// Asks issuers for their keys, ACS whether it accepts this service, and both for the time.
pub(crate) async fn reach(validator: &Validator, acs: &AcsClient, clock: &PeerClock) -> Vec<Reached> {
    let mut all = vec![];
    for (issuer, has_keys) in validator.keys().reach().await {
        let outcome = if has_keys { Ok(()) } else { Err(Unreached::NoKeys) };
        all.push(Reached { what: format!("keys of {issuer}"), outcome });
    }
    let outcome = match acs.reach().await {
        Ok(()) => Ok(()),
        Err(AcsRefusal::ServiceRefused) => Err(Unreached::ServiceRefused),
        Err(AcsRefusal::ServiceIdentityUnavailable) => Err(Unreached::NoIdentityToken),
        Err(_) => Err(Unreached::NoAnswer),
    };
    all.push(Reached { what: "ACS".to_owned(), outcome });
    let outcome = if clock.is_off() { Err(Unreached::WrongClock(clock.difference())) } else { Ok(()) };
    all.push(Reached { what: "the clock".to_owned(), outcome });
    all
}
