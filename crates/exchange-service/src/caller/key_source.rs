//! The keys of one issuer, fetched when first needed and kept.
//!
//! Entra's guidance on key rollover, and what it defends against:
//! * keys are good for a day, and renewed behind the requests' back once they are an hour old, so an outage of the
//!   authority is noticed by nobody for a day;
//! * a key id that is not known causes one fetch in five minutes and issuer, so that invented ids do not make this
//!   service hammer the authority;
//! * one fetch at a time and issuer, and requests whose key is known never wait for it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::Url;
use tokio::sync::Mutex as Turn;

use super::{
    Algorithm,
    keys::{KeySet, SigningKey},
};
use crate::{
    clock::Clock,
    outbound::{Outbound, ShortAnswer},
    peer_clock::PeerClock,
};

const GOOD_FOR: Duration = Duration::from_secs(24 * 60 * 60);
const RENEWED_AFTER: Duration = Duration::from_secs(60 * 60);
const REFETCH_EVERY: Duration = Duration::from_secs(5 * 60);
/// After a fetch that failed while there is no key at all.
pub(super) const PAUSE: Duration = Duration::from_secs(5);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST: usize = 64 * 1024;

/// The keys of B's issuer cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeysUnavailable {
    /// When it is worth asking again.
    pub(crate) retry_after: Duration,
}

pub(super) struct KeySource {
    /// The tenant or the foreign issuer, for the log.
    of: String,
    address: Url,
    algorithms: BTreeSet<Algorithm>,
    outbound: Outbound,
    /// Of foreign issuers nobody knows whose clock is right.
    peer_clock: Option<Arc<PeerClock>>,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
    /// Whoever has it may fetch.
    turn: Turn<()>,
}

#[derive(Default)]
struct Known {
    keys: Option<(Arc<KeySet>, Duration)>,
    failed_at: Option<Duration>,
    refetched_at: Option<Duration>,
}

impl KeySource {
    pub(super) fn new(
        of: String,
        address: Url,
        algorithms: BTreeSet<Algorithm>,
        outbound: &Outbound,
        peer_clock: Option<&Arc<PeerClock>>,
        clock: &Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new(Self {
            of,
            address,
            algorithms,
            outbound: outbound.clone(),
            peer_clock: peer_clock.cloned(),
            clock: clock.clone(),
            known: Mutex::default(),
            turn: Turn::default(),
        })
    }

    /// The key of that id; `None` if the issuer has none.
    pub(super) async fn find(self: &Arc<Self>, id: &str) -> Result<Option<Arc<SigningKey>>, KeysUnavailable> {
        let (keys, just_fetched) = self.current().await?;
        if let Some(key) = keys.find(id) {
            return Ok(Some(key));
        }
        // Nothing newer than what this very request fetched.
        if just_fetched { Ok(None) } else { self.newer(id).await }
    }

    /// Keys that are good, and whether they were fetched for this request.
    pub(super) async fn current(self: &Arc<Self>) -> Result<(Arc<KeySet>, bool), KeysUnavailable> {
        if let Some((keys, age)) = self.good() {
            if age >= RENEWED_AFTER && self.may_refetch() {
                let this = self.clone();
                tokio::spawn(async move {
                    let _turn = this.turn.lock().await;
                    this.fetch().await;
                });
            }
            return Ok((keys, false));
        }
        let this = self.clone();
        to_the_end(async move { this.first().await }).await
    }

    /// The keys, when there are none yet, or none that are still good.
    async fn first(&self) -> Result<(Arc<KeySet>, bool), KeysUnavailable> {
        let _turn = self.turn.lock().await;
        if let Some((keys, _)) = self.good() {
            return Ok((keys, false));
        }
        let paused = self.known().failed_at.is_some_and(|at| self.since(at) < PAUSE);
        match if paused { None } else { self.fetch().await } {
            Some(keys) => Ok((keys, true)),
            None => Err(KeysUnavailable { retry_after: PAUSE }),
        }
    }

    /// The key of that id in newer keys, if it is time for newer keys. Where they could not be had nobody knows whether
    /// the key is one: that is no fault of the token.
    async fn newer(self: &Arc<Self>, id: &str) -> Result<Option<Arc<SigningKey>>, KeysUnavailable> {
        let (this, id) = (self.clone(), id.to_owned());
        to_the_end(async move {
            let _turn = this.turn.lock().await;
            // Whoever had the turn before may have brought it.
            if let Some(key) = this.good().and_then(|(keys, _)| keys.find(&id)) {
                return Ok(Some(key));
            }
            if this.may_refetch() {
                this.fetch().await;
            }
            let failed = this.known().failed_at.is_some();
            if failed {
                return Err(KeysUnavailable { retry_after: PAUSE });
            }
            Ok(this.good().and_then(|(keys, _)| keys.find(&id)))
        })
        .await
    }

    /// Newer keys at once, whenever the last ones were fetched.
    pub(super) async fn reload(self: &Arc<Self>) {
        let _turn = self.turn.lock().await;
        self.fetch().await;
    }

    /// Takes the one fetch of these five minutes.
    fn may_refetch(&self) -> bool {
        let mut known = self.known();
        if known.refetched_at.is_some_and(|at| self.since(at) < REFETCH_EVERY) {
            return false;
        }
        known.refetched_at = Some(self.clock.monotonic());
        true
    }

    /// On failure what was known stays known.
    async fn fetch(&self) -> Option<Arc<KeySet>> {
        let answer = self.outbound.get(self.address.clone(), FETCH_TIMEOUT, LARGEST).await;
        if let (Some(peer_clock), Ok(answer)) = (&self.peer_clock, &answer) {
            peer_clock.heard(&answer.headers);
        }
        let keys = match answer {
            Ok(ShortAnswer { status: 200, body, .. }) => KeySet::parse(&body, &self.algorithms).map(Arc::new),
            _ => None,
        };
        let now = self.clock.monotonic();
        let mut known = self.known();
        match &keys {
            Some(keys) => *known = Known { keys: Some((keys.clone(), now)), failed_at: None, ..*known },
            None => {
                known.failed_at = Some(now);
                tracing::warn!(issuer = %self.of, "the keys of an issuer could not be fetched");
            }
        }
        keys
    }

    pub(super) fn good(&self) -> Option<(Arc<KeySet>, Duration)> {
        let known = self.known();
        let (keys, at) = known.keys.as_ref()?;
        let age = self.since(*at);
        (age < GOOD_FOR).then(|| (keys.clone(), age))
    }

    fn since(&self, at: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(at)
    }

    /// A panic elsewhere does not make what is known wrong: it is replaced as a whole.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In a task of its own: a caller who goes away must not take the one fetch of these five minutes with them.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, KeysUnavailable>> + Send + 'static,
) -> Result<T, KeysUnavailable> {
    tokio::spawn(work).await.unwrap_or(Err(KeysUnavailable { retry_after: PAUSE }))
}
