//! Where answers wait.

use std::time::Duration;

use contract::secret::RawAnswer;
use tokio::time::sleep;

use super::{ids::Reserved, memory::Memory, redis::Redis, refusal::Refusal};
use crate::rate_limit::Site;

/// How often a Redis is asked again. A person does not notice a fifth of a second, and a Redis five questions in a second.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

pub(super) enum Store {
    Memory(Memory),
    Redis(Box<Redis>),
}

impl Store {
    /// Leaves an answer, once.
    pub(super) async fn fill(
        &self,
        reserved: Reserved,
        answer: RawAnswer,
        site: Option<Site>,
        now: u64,
    ) -> Result<(), Refusal> {
        match self {
            Self::Memory(memory) => memory.fill(reserved, answer, site, now),
            Self::Redis(redis) => redis.fill(reserved, answer, site, now).await,
        }
    }

    /// The answer, if there is one by now. Leaves it where it is.
    pub(super) async fn read(&self, reserved: &Reserved, now: u64) -> Result<Option<RawAnswer>, Refusal> {
        match self {
            Self::Memory(memory) => memory.read(reserved, now),
            Self::Redis(redis) => redis.read(reserved).await,
        }
    }

    /// Ends when it is worth looking again, because something has changed since this call, or might have.
    pub(super) fn changed(&self) -> impl Future<Output = ()> + Send + '_ {
        let changed = match self {
            Self::Memory(memory) => Some(memory.changed()),
            Self::Redis(_) => None,
        };
        async {
            match changed {
                Some(changed) => changed.await,
                None => sleep(BETWEEN_LOOKS).await,
            }
        }
    }

    /// Who asks a Redis again and again needs no waking.
    pub(super) fn wake(&self) {
        if let Self::Memory(memory) = self {
            memory.wake();
        }
    }

    pub(super) fn in_use(&self, now: u64) -> Option<usize> {
        match self {
            Self::Memory(memory) => Some(memory.in_use(now)),
            Self::Redis(_) => None,
        }
    }

    /// Ends the mailbox, whether there was an answer or not.
    pub(super) async fn forget(&self, reserved: Reserved, site: Option<Site>, now: u64) -> Result<(), Refusal> {
        match self {
            Self::Memory(memory) => memory.forget(reserved, site, now),
            Self::Redis(redis) => redis.forget(reserved, site, now).await,
        }
    }
}
