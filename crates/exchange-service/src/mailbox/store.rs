//! The store of the responses: in memory or in Redis.

use std::time::Duration;

use contract::{UnixTime, secret::AuthorizationResponse};
use tokio::time::sleep;

use super::{ids::Reserved, memory::Memory, redis::Redis, refusal::Refusal};
use crate::rate_limit::Site;

/// How often a waiting request polls Redis. A person does not notice a fifth of a second, and five queries in a second
/// are no load.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

pub(crate) enum Store {
    Memory(Memory),
    Redis(Box<Redis>),
}

impl Store {
    /// Leaves a response. A mailbox accepts only one.
    pub(crate) async fn fill(
        &self,
        reserved: Reserved,
        response: AuthorizationResponse,
        site: Option<Site>,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        match self {
            Self::Memory(memory) => memory.fill(reserved, response, site, now),
            Self::Redis(redis) => redis.fill(reserved, response, site, now).await,
        }
    }

    /// The response, if there is one. It stays in the store.
    pub(super) async fn read(
        &self,
        reserved: &Reserved,
        now: UnixTime,
    ) -> Result<Option<AuthorizationResponse>, Refusal> {
        match self {
            Self::Memory(memory) => memory.read(reserved, now),
            Self::Redis(redis) => redis.read(reserved).await,
        }
    }

    /// Completes when another read may give another result: after a change in memory since this call, even before the
    /// first poll, or after a pause for Redis.
    pub(super) fn changed(&self) -> impl Future<Output = ()> + Send + '_ {
        let changed = match self {
            Self::Memory(memory) => Some(memory.changed.notified()),
            Self::Redis(_) => None,
        };
        async {
            match changed {
                Some(changed) => changed.await,
                None => sleep(POLL_INTERVAL).await,
            }
        }
    }

    /// Wakes the requests that wait for a change in memory. Redis is polled, so nothing waits for it.
    pub(super) fn wake(&self) {
        if let Self::Memory(memory) = self {
            memory.changed.notify_waiters();
        }
    }

    pub(super) fn in_use(&self, now: UnixTime) -> Option<usize> {
        match self {
            Self::Memory(memory) => Some(memory.in_use(now)),
            Self::Redis(_) => None,
        }
    }

    /// Releases the mailbox, with or without a response.
    pub(crate) async fn forget(&self, reserved: Reserved, site: Option<Site>, now: UnixTime) -> Result<(), Refusal> {
        match self {
            Self::Memory(memory) => memory.forget(reserved, site, now),
            Self::Redis(redis) => redis.forget(reserved, site, now).await,
        }
    }
}
