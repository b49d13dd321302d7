//! A double click is one exchange: who asks for what is being asked for already waits for the same answer.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::digest;
use futures_util::{
    FutureExt,
    future::{BoxFuture, WeakShared},
};

use super::{AcsOperation, Person};

/// The same exchange for the same person, vouched for by the same issuer, with the same A1. A hash, because this outlives the token it is made of.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// `None` where each is to have an answer of its own.
    pub(super) fn of(operation: &AcsOperation) -> Option<Self> {
        let (kind, Person { entra, from, object }) = match operation {
            AcsOperation::TeamsUser(person) => ("T", person),
            AcsOperation::EntraIdUser(person) => ("E", person),
            AcsOperation::Guest => return None,
        };
        let mut hash = digest::Context::new(&digest::SHA256);
        // By whom they are vouched for, too: what is refused as one issuer's must not be refused as another's (REV-03).
        let issuer = from.issuer.as_deref().unwrap_or_default();
        // Kinds are of one length and GUIDs too, and the issuer's length says where it ends, so no two of these make one text.
        hash.update(&issuer.len().to_be_bytes());
        for part in [issuer, kind, from.tenant.as_str(), object.as_str(), entra.expose()] {
            hash.update(part.as_bytes());
        }
        Some(Self(hash.finish().as_ref().to_vec()))
    }
}

/// What is under way. Nothing is kept once it has ended.
pub(super) struct Flights<T>(Mutex<HashMap<Fingerprint, WeakShared<BoxFuture<'static, T>>>>);

impl<T: Clone> Flights<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The answer of the one that is under way, or else of `start`. It goes on as long as anybody waits for it.
    pub(super) async fn join(&self, of: Fingerprint, start: impl Future<Output = T> + Send + 'static) -> T {
        let flight = {
            let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
