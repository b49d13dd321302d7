//! The mailboxes of several instances, in a shared Redis.

use std::{sync::OnceLock, time::Duration};

use contract::{UnixTime, secret::AuthorizationResponse};
use redis::{
    AsyncTypedCommands, Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
};

use super::{
    ids::Reserved,
    refusal::Refusal,
    site_usage::{ENTRY_SIZE, MAX_SIZE},
};
use crate::rate_limit::Site;

/// The timeout of Redis. A healthy one responds within milliseconds.
const REDIS_TIMEOUT: Duration = Duration::from_secs(2);

/// The value of a released mailbox. A response is never empty.
const FORGOTTEN: &str = "";

/// Redis runs one script at a time, so all instances share consistent counts.
const KEEP: &str = include_str!("keep.lua");

/// One connection for all requests, which is opened again when it breaks.
pub(crate) struct Redis {
    client: Client,
    connection: OnceLock<ConnectionManager>,
}

impl Redis {
    /// Connects at the first request, so that the service can start without Redis.
    pub(super) fn new(client: Client) -> Self {
        Self { client, connection: OnceLock::new() }
    }

    pub(super) async fn fill(
        &self,
        reserved: Reserved,
        response: AuthorizationResponse,
        site: Option<Site>,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        self.keep(reserved, response.expose(), reserved.response_ends_at(now), site, now).await
    }

    pub(super) async fn read(&self, reserved: &Reserved) -> Result<Option<AuthorizationResponse>, Refusal> {
        match self.connection()?.get(key(&name(reserved))).await? {
            Some(text) if text == FORGOTTEN => Err(Refusal::Forgotten),
            response => Ok(response.map(AuthorizationResponse::new)),
        }
    }

    pub(super) async fn forget(&self, reserved: Reserved, site: Option<Site>, now: UnixTime) -> Result<(), Refusal> {
        self.keep(reserved, FORGOTTEN, reserved.expires_at, site, now).await
    }

    async fn keep(
        &self,
        reserved: Reserved,
        response: &str,
        ends_at: UnixTime,
        site: Option<Site>,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        let site = site.map_or_else(String::new, |site| site.to_string());
        let name = name(&reserved);
        let mut keep = cmd("EVAL");
        keep.arg(KEEP)
            .arg(1)
            .arg(key(&name))
            .arg(now.seconds())
            .arg(ends_at.seconds())
            .arg(name)
            .arg(site)
            .arg(response);
        let outcome: String = keep.arg(MAX_SIZE).arg(ENTRY_SIZE).query_async(&mut self.connection()?).await?;
        match outcome.as_str() {
            "kept" => Ok(()),
            "filled" => Err(Refusal::Filled),
            _ => Err(Refusal::Forgotten),
        }
    }

    fn connection(&self) -> Result<ConnectionManager, Refusal> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection.clone());
        }
        let bounded = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(REDIS_TIMEOUT))
            .set_response_timeout(Some(REDIS_TIMEOUT))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(200));
        let connection = ConnectionManager::new_lazy_with_config(self.client.clone(), bounded)?;
        Ok(self.connection.get_or_init(|| connection).clone())
    }
}

fn name(reserved: &Reserved) -> String {
    reserved.random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The braces keep all keys of a cluster in one slot, because the script writes several of them.
fn key(name: &str) -> String {
    format!("acs-sign-in:{{mailbox}}:{name}")
}

impl From<RedisError> for Refusal {
    fn from(error: RedisError) -> Self {
        // Without the error's own text, which may quote what was sent.
        tracing::warn!(kind = ?error.kind(), "the mailboxes' Redis did not answer");
        Self::Unavailable
    }
}
