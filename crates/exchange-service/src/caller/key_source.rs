//! The keys of one issuer, fetched at first use and cached.
//!
//! The rules follow Entra's guidance on key rollover:
//!
//! * Keys are usable for a day. Once they are an hour old, they are renewed in the background, so an outage of the
//!   authority has no effect for a day.
//! * The day of each key begins when a key set last had it. The nodes of a content delivery network show a new key set
//!   at different times, and an old node's set must not withdraw a good key (REP-16).
//! * An unknown key id causes a fetch, but there are at most three fetches in five minutes for each issuer, so that
//!   invented ids do not overload the authority. Unknown ids are not remembered.
//! * One fetch runs at a time for each issuer. Requests whose key is known never wait for it.

use std::{
    collections::{BTreeSet, VecDeque},
    mem,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use reqwest::Url;

use super::keys::{Algorithm, KeySet, SigningKey};
use crate::{
    clock::Clock,
    net::{
        outbound::{BoundedResponse, Outbound},
        peer_clock::PeerClock,
    },
};

const KEY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
const RENEWAL_AGE: Duration = Duration::from_secs(60 * 60);
/// The maximum number of fetches in [`FETCH_WINDOW`].
const MAX_FETCHES: usize = 3;
const FETCH_WINDOW: Duration = Duration::from_secs(5 * 60);
/// The maximum number of retired keys: those that the newest key set does not have. The last published ones are kept.
const MAX_RETIRED: usize = 32;
/// The pause after a failed fetch.
pub(super) const PAUSE: Duration = Duration::from_secs(5);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_KEY_SET: usize = 64 * 1024;

/// No usable keys of B's issuer, and they cannot be fetched now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeysUnavailable {
    /// How long to wait before the next attempt.
    pub(crate) retry_after: Duration,
}

pub(super) struct KeySource {
    /// The tenant or the foreign issuer, for the log.
    of: String,
    address: Url,
    algorithms: BTreeSet<Algorithm>,
    outbound: Outbound,
    /// `None` for foreign issuers, whose clocks may be wrong.
    peer_clock: Option<Arc<PeerClock>>,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
    /// Locked during a fetch: one fetch runs at a time.
    refresh_lock: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Known {
    /// The keys of the newest key set, then the retired ones, the last published first.
    keys: Vec<Published>,
    fetched_at: Option<Duration>,
    /// When the last fetch failed. `None` if it succeeded.
    failed_at: Option<Duration>,
    /// When the fetches of the last [`FETCH_WINDOW`] began, oldest first.
    recent: VecDeque<Duration>,
    /// The number of fetches that have begun.
    begun: u64,
    /// The number of the fetch that returned the newest key set.
    newest: u64,
}

struct Published {
    key: Arc<SigningKey>,
    /// When a key set last had the key.
    seen_at: Duration,
}

/// What happens to keys that a new key set does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absent {
    Kept,
    Dropped,
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
            refresh_lock: Arc::default(),
        })
    }

    /// The key with this id. `None` if a key set that was fetched after this call does not have it.
    pub(super) async fn find(self: &Arc<Self>, id: &str) -> Result<Option<Arc<SigningKey>>, KeysUnavailable> {
        let begun_before = self.known.lock().begun;
        if let Some(key) = self.current().await?.find(id) {
            return Ok(Some(key));
        }
        let (this, id) = (self.clone(), id.to_owned());
        to_the_end(async move { this.newer(&id, begun_before).await }).await
    }

    /// The usable keys, fetched if there are none.
    pub(super) async fn current(self: &Arc<Self>) -> Result<KeySet, KeysUnavailable> {
        if let Some(keys) = self.good() {
            self.renew();
            return Ok(keys);
        }
        let this = self.clone();
        to_the_end(async move { this.first().await }).await
    }

    /// Renews keys that are an hour old, in the background.
    fn renew(self: &Arc<Self>) {
        let Ok(refresh_lock) = self.refresh_lock.clone().try_lock_owned() else { return };
        let (fetched_at, failed_at) = {
            let known = self.known.lock();
            (known.fetched_at, known.failed_at)
        };
        let is_due = fetched_at.is_none_or(|at| self.since(at) >= RENEWAL_AGE);
        let failed = failed_at.is_some_and(|at| self.since(at) < FETCH_WINDOW);
        if is_due && !failed && self.admit().is_ok() {
            let this = self.clone();
            tokio::spawn(async move {
                let _refresh_lock = refresh_lock;
                this.fetch(Absent::Kept).await;
            });
        }
    }

    /// Fetches keys while there are no usable ones. Failed fetches do not count for the limit: without a key no token
    /// is accepted, so they are repeated after a short pause.
    async fn first(&self) -> Result<KeySet, KeysUnavailable> {
        let _refresh_lock = self.refresh_lock.lock().await;
        if let Some(keys) = self.good() {
            return Ok(keys);
        }
        let paused = self.known.lock().failed_at.is_some_and(|at| self.since(at) < PAUSE);
        let began = self.clock.monotonic();
        if !paused && self.fetch(Absent::Kept).await {
            self.known.lock().recent.push_back(began);
        }
        self.good().ok_or(KeysUnavailable { retry_after: PAUSE })
    }

    /// The key with this id in a key set whose fetch began after the number of fetches was `begun_before`. Fetches once
    /// more if that is allowed. If it is not, or if it fails, the result is an error and not `None`: it is unknown
    /// whether the key exists, and the token must not be refused for that.
    async fn newer(&self, id: &str, begun_before: u64) -> Result<Option<Arc<SigningKey>>, KeysUnavailable> {
        let _refresh_lock = self.refresh_lock.lock().await;
        let find = || self.good().and_then(|keys| keys.find(id));
        // The previous holder of the lock may have fetched the key.
        if let Some(key) = find() {
            return Ok(Some(key));
        }
        if self.known.lock().newest > begun_before {
            return Ok(None);
        }
        self.admit()?;
        if self.fetch(Absent::Kept).await { Ok(find()) } else { Err(KeysUnavailable { retry_after: PAUSE }) }
    }

    /// Fetches keys at once, and drops all that the new key set does not have. Resets the limit of fetches. Returns
    /// whether the fetch succeeded.
    pub(super) async fn reload(self: &Arc<Self>) -> bool {
        let _refresh_lock = self.refresh_lock.lock().await;
        let fetched = self.fetch(Absent::Dropped).await;
        if fetched {
            self.known.lock().recent.clear();
        }
        fetched
    }

    /// Counts a fetch, or returns how long to wait for the next one.
    fn admit(&self) -> Result<(), KeysUnavailable> {
        let mut known = self.known.lock();
        let wait = |at: &Duration, pause: Duration| pause.checked_sub(self.since(*at)).filter(|wait| !wait.is_zero());
        known.recent.retain(|began| wait(began, FETCH_WINDOW).is_some());
        let full = known.recent.len() >= MAX_FETCHES;
        let full = known.recent.front().filter(|_| full).and_then(|began| wait(began, FETCH_WINDOW));
        let failed = known.failed_at.and_then(|at| wait(&at, PAUSE));
        if let Some(retry_after) = full.max(failed) {
            return Err(KeysUnavailable { retry_after });
        }
        known.recent.push_back(self.clock.monotonic());
        Ok(())
    }

    /// Fetches the key set, and returns whether that succeeded. On failure the known keys stay.
    async fn fetch(&self, absent: Absent) -> bool {
        let number = {
            let mut known = self.known.lock();
            known.begun += 1;
            known.begun
        };
        let response = self.outbound.get(self.address.clone(), FETCH_TIMEOUT, MAX_KEY_SET).await;
        if let (Some(peer_clock), Ok(response)) = (&self.peer_clock, &response) {
            peer_clock.observe(&response.headers);
        }
        let keys = match response {
            Ok(BoundedResponse { status: 200, body, .. }) => KeySet::parse(&body, &self.algorithms),
            _ => None,
        };
        let now = self.clock.monotonic();
        let mut known = self.known.lock();
        // A key set without usable keys counts as a failure. Only in a reload it counts as valid, because the operator
        // may be removing a stolen key.
        let keys = keys.filter(|keys| !keys.0.is_empty() || absent == Absent::Dropped);
        let Some(keys) = keys else {
            known.failed_at = Some(now);
            tracing::warn!(issuer = %self.of, "the keys of an issuer could not be fetched");
            return false;
        };
        let mut retired = mem::take(&mut known.keys);
        // A published key replaces an earlier one with the same id.
        retired.retain(|old| self.is_good(old) && !keys.has(&old.key));
        retired.truncate(if absent == Absent::Kept { MAX_RETIRED } else { 0 });
        known.keys = keys.0.into_iter().map(|key| Published { key, seen_at: now }).chain(retired).collect();
        (known.fetched_at, known.failed_at, known.newest) = (Some(now), None, number);
        true
    }

    /// The keys that may be used now; `None` if there are none.
    pub(super) fn good(&self) -> Option<KeySet> {
        let known = self.known.lock();
        let good = known.keys.iter().filter(|key| self.is_good(key));
        let keys = KeySet(good.map(|published| published.key.clone()).collect());
        (!keys.0.is_empty()).then_some(keys)
    }

    fn is_good(&self, published: &Published) -> bool {
        self.since(published.seen_at) < KEY_LIFETIME
    }

    fn since(&self, at: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(at)
    }
}

/// Runs in a separate task, so that a counted fetch completes even if the caller disconnects.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, KeysUnavailable>> + Send + 'static,
) -> Result<T, KeysUnavailable> {
    tokio::spawn(work).await.unwrap_or(Err(KeysUnavailable { retry_after: PAUSE }))
}
