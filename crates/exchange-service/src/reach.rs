//! Checks the peers that the configuration names, before people depend on them.

use thiserror::Error;

use crate::{
    acs::{AcsClient, AcsRefusal},
    caller::Validator,
    net::peer_clock::PeerClock,
};

/// The result of checking one peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// A tenant, a foreign issuer, ACS, or the clock.
    pub what: String,
    /// Why the peer cannot be used, if it cannot.
    pub outcome: Result<(), Unreached>,
}

/// Why a peer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreached {
    /// The peer cannot be reached, or does not respond as expected.
    #[error("cannot be reached, or does not answer as it should")]
    NoAnswer,
    /// The identity that `acs.identity` names gave no token.
    #[error("the identity that acs.identity names gave no token")]
    NoIdentityToken,
    /// An issuer has no usable key.
    #[error("no usable keys of it can be had")]
    NoKeys,
    /// ACS does not accept the key or the identity.
    #[error("refuses this service: its key, or the role of its identity")]
    ServiceRefused,
    /// The clocks differ by this many seconds.
    #[error("differs by {0} seconds")]
    WrongClock(u64),
}

/// Fetches the keys of all issuers, checks whether ACS accepts this service, and compares the clocks.
pub(crate) async fn reach(validator: &Validator, acs: &AcsClient, clock: &PeerClock) -> Vec<Reached> {
    let mut all = vec![];
    for (issuer, has_keys) in validator.keys.reach().await {
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
