//! A double click is one exchange: a request that equals one in flight waits for the same answer.

use std::collections::HashMap;

use aws_lc_rs::digest;
use futures_util::{
    FutureExt,
    future::{BoxFuture, WeakShared},
};
use parking_lot::Mutex;

use super::operation::{Kind, Operation, Person};

/// The same exchange for the same person, vouched for by the same issuer, with the same A1. A hash, because this outlives
/// the token.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// `None` for guests: each of them gets an identity of their own.
    pub(super) fn of<O: Operation>(operation: &O) -> Option<Self> {
        let Person { entra, from, object } = operation.person()?;
        let kind = match O::KIND {
            Kind::TeamsUser => "T",
            Kind::EntraIdUser => "E",
            Kind::Guest => "G",
        };
        let mut hash = digest::Context::new(&digest::SHA256);
        // With the issuer that vouched: what is refused for one issuer must not be refused for another (REV-03).
        let issuer = from.issuer.as_deref().unwrap_or_default();
        // Kinds are of one length and GUIDs too, and the issuer's length says where it ends, so no two of these make one text.
        hash.update(&issuer.len().to_be_bytes());
        for part in [issuer, kind, from.tenant.as_str(), object.as_str(), entra.expose()] {
            hash.update(part.as_bytes());
        }
        Some(Self(hash.finish().as_ref().to_vec()))
    }
}

/// The exchanges in flight. Nothing is kept once they have ended.
pub(super) struct Flights<T>(Mutex<HashMap<Fingerprint, WeakShared<BoxFuture<'static, T>>>>);

impl<T: Clone> Flights<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The answer of the one in flight, or otherwise of `start`. It continues as long as a request waits for it.
    pub(super) async fn join(&self, of: Fingerprint, start: impl Future<Output = T> + Send + 'static) -> T {
        let flight = {
            let mut flights = self.0.lock();
            match flights.get(&of).and_then(WeakShared::upgrade) {
                Some(flight) => flight,
                None => {
                    // Never more than there are permits for exchanges.
                    flights.retain(|_, flight| flight.upgrade().is_some());
                    let flight = start.boxed().shared();
                    flights.extend(flight.downgrade().map(|weak| (of, weak)));
                    flight
                }
            }
        };
        flight.await
    }
}
