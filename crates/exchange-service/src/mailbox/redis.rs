//! Mailboxes of several instances, in a Redis that all of them reach.

use std::{sync::OnceLock, time::Duration};

use ::redis::{
    AsyncTypedCommands, Client, ExistenceCheck, RedisError, SetExpiry, SetOptions,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use protocol::secret::RawAnswer;

use super::{ids::Reserved, store::Refusal};

/// A Redis that is worth asking answers in milliseconds.
const WITHIN: Duration = Duration::from_secs(2);

/// What stands in place of an answer that was taken. No answer is empty.
const FORGOTTEN: &str = "";

/// One connection that all requests share and that is made again when it breaks.
pub(super) struct Redis {
    client: Client,
    connection: OnceLock<ConnectionManager>,
}

impl Redis {
    /// Connects with the first request, so that the service starts without it.
    pub(super) fn new(client: Client) -> Self {
        Self { client, connection: OnceLock::new() }
    }

    pub(super) async fn fill(&self, reserved: Reserved, answer: RawAnswer, now: u64) -> Result<(), Refusal> {
        let mut redis = self.connection()?;
        let once = SetOptions::default().conditional_set(ExistenceCheck::NX).with_expiration(rest(&reserved, now));
        match redis.set_options(key(&reserved), answer.expose(), once).await? {
            Some(_) => Ok(()),
            None if redis.get(key(&reserved)).await?.as_deref() == Some(FORGOTTEN) => Err(Refusal::Forgotten),
            None => Err(Refusal::Filled),
        }
    }

    pub(super) async fn read(&self, reserved: &Reserved) -> Result<Option<RawAnswer>, Refusal> {
        match self.connection()?.get(key(reserved)).await? {
            Some(text) if text == FORGOTTEN => Err(Refusal::Forgotten),
            answer => Ok(answer.map(RawAnswer::new)),
        }
    }

    pub(super) async fn forget(&self, reserved: Reserved, now: u64) -> Result<(), Refusal> {
        let and_tell = SetOptions::default().get(true).with_expiration(rest(&reserved, now));
        match self.connection()?.set_options(key(&reserved), FORGOTTEN, and_tell).await?.as_deref() {
            Some(FORGOTTEN) => Err(Refusal::Forgotten),
            _ => Ok(()),
        }
    }

    fn connection(&self) -> Result<ConnectionManager, Refusal> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection.clone());
        }
        let bounded = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(WITHIN))
            .set_response_timeout(Some(WITHIN))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(200));
        let connection = ConnectionManager::new_lazy_with_config(self.client.clone(), bounded)?;
        Ok(self.connection.get_or_init(|| connection).clone())
    }
}

fn key(reserved: &Reserved) -> String {
    let random: String = reserved.random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("acs-sign-in:mailbox:{random}")
}

/// To the mailbox's end, after which its id is refused anyway.
fn rest(reserved: &Reserved, now: u64) -> SetExpiry {
    SetExpiry::EX(reserved.expires_at.saturating_sub(now).max(1))
}

impl From<RedisError> for Refusal {
    fn from(error: RedisError) -> Self {
        // Not the error's own text, which may quote what was sent.
        tracing::warn!(kind = ?error.kind(), "the mailboxes' Redis did not answer");
        Self::Unavailable
    }
}
