//! Checks what the configuration points at, before people depend on it.

use std::{error::Error, fmt};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreached {
    /// It cannot be reached, or does not answer as it should.
    NoAnswer,
    /// The identity that `acs.identity` names gave no token.
    NoIdentityToken,
    /// An issuer has no key that could be used.
    NoKeys,
    /// ACS does not take the key or the identity.
    ServiceRefused,
    /// The clocks differ by this many seconds.
    WrongClock(u64),
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAnswer => "cannot be reached, or does not answer as it should",
            Self::NoIdentityToken => "the identity that acs.identity names gave no token",
            Self::NoKeys => "no usable keys of it can be had",
            Self::ServiceRefused => "refuses this service: its key, or the role of its identity",
            Self::WrongClock(seconds) => return write!(f, "differs by {seconds} seconds"),
        })
    }
}

impl Error for Unreached {}

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
