//! Joins equal requests: a request that equals one in flight, such as after a double click, waits for the same outcome.

use std::collections::HashMap;

use aws_lc_rs::digest;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use parking_lot::Mutex;

use super::operation::{Operation, Person};

/// Identifies an exchange: the operation, the person, the issuer that vouched, and A1. A hash, because it is kept
/// longer than the token.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// `None` for guests: each gets a new identity.
    pub(super) fn of<O: Operation>(operation: &O) -> Option<Self> {
        let Person { entra, from, object } = operation.person()?;
        let mut hash = digest::Context::new(&digest::SHA256);
        // With the issuer, because a refusal of one issuer's request must not become another's outcome (REV-03).
        let issuer = from.issuer.as_deref().unwrap_or_default();
        // A kind is one byte, and GUIDs have one length. With the length of the issuer, two different inputs never make
        // the same text.
        hash.update(&[O::KIND as u8]);
        hash.update(&issuer.len().to_be_bytes());
        for part in [issuer, from.tenant.as_str(), object.as_str(), entra.expose()] {
            hash.update(part.as_bytes());
        }
        Some(Self(hash.finish().as_ref().to_vec()))
    }
}

/// The exchanges in flight. An entry ends with its exchange.
pub(super) struct Flights<T>(Mutex<HashMap<Fingerprint, WeakShared<BoxFuture<'static, T>>>>);

impl<T: Clone> Flights<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The same exchange in flight, or else `start`. It runs as long as a request waits for it.
    pub(super) fn join(
        &self,
        of: Fingerprint,
        start: impl Future<Output = T> + Send + 'static,
    ) -> Shared<BoxFuture<'static, T>> {
        let mut flights = self.0.lock();
        if let Some(flight) = flights.get(&of).and_then(WeakShared::upgrade) {
            return flight;
        }
        // There are never more entries than permits for exchanges.
        flights.retain(|_, flight| flight.upgrade().is_some());
        let flight = start.boxed().shared();
        flights.extend(flight.downgrade().map(|weak| (of, weak)));
        flight
    }
}
