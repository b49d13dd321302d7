//! The allowance of several processes, counted in a shared Redis.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
};
use tokio::time::timeout;

use super::quotas::{Quotas, UsedUp};
use crate::acs::call::RequestTenant;

/// The timeout of Redis. A healthy one responds within milliseconds, and each exchange waits for it.
const REDIS_TIMEOUT: Duration = Duration::from_millis(250);

/// After a failure, Redis is not asked again for this long.
const PAUSE: Duration = Duration::from_secs(1);

/// Decides about one request, atomically and by Redis's own clock, in microseconds. The rule is that of
/// [`super::Own::spend`]. The script clamps the two stored values to the largest that these limits allow, in case that
/// clock was ahead. The values expire once they no longer affect a decision.
const SCRIPT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function used_until(key, interval, tolerance)
  local used = tonumber(redis.call('GET', key) or 0) or 0
  return math.min(math.max(used, now), now + tolerance + interval)
end
local function keep(key, used)
  redis.call('SET', key, string.format('%.0f', used), 'PX', math.ceil((used - now) / 1000) + 1)
end
local all_interval, all_tolerance, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local interval, tolerance, hardly = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local all = used_until(KEYS[1], all_interval, all_tolerance)
local tenant = used_until(KEYS[2], interval, tolerance)
if tenant - now > tolerance then return {1, math.ceil(tenant - now - tolerance)} end
if tenant - now > hardly then all_tolerance = math.max(all_tolerance - reserve, 0) end
if all - now > all_tolerance then return {2, math.ceil(all - now - all_tolerance)} end
keep(KEYS[1], all + all_interval)
keep(KEYS[2], tenant + interval)
return {0, 0}
";

pub(super) struct Shared {
    client: Client,
    connection: OnceLock<ConnectionManager>,
    /// The prefix of each key. A Redis user can be restricted to it. Its braces keep all keys of a cluster in one slot,
    /// where a script can reach them.
    prefix: String,
    quotas: Quotas,
    /// Redis is not asked before this time, because it did not respond.
    paused_until: Mutex<Duration>,
    answers: AtomicBool,
}

impl Shared {
    /// Connects at the first request, so that the service can start without Redis.
    pub(super) fn new(client: Client, resource: &str, quotas: Quotas) -> Self {
        let prefix = format!("acs-sign-in:{{allowance:{resource}}}");
        let paused_until = Mutex::new(Duration::ZERO);
        Self { client, connection: OnceLock::new(), prefix, quotas, paused_until, answers: AtomicBool::new(true) }
    }

    /// Whether Redis responded the last time.
    pub(super) fn answers(&self) -> bool {
        self.answers.load(Ordering::Relaxed)
    }

    /// The decision; `None` if Redis does not respond. `now` is monotonic, and is used only for the pause.
    pub(super) async fn spend(&self, asker: &RequestTenant, now: Duration) -> Option<Result<(), UsedUp>> {
        if now < *self.paused_until.lock() {
            return None;
        }
        let decided = timeout(REDIS_TIMEOUT, self.ask(asker)).await;
        let kind = match decided {
            Ok(Ok(decision)) => {
                if !self.answers.swap(true, Ordering::Relaxed) {
                    tracing::info!("the Redis of ACS's allowance answers again");
                }
                return Some(decision);
            }
            // Without the error's own text, which may quote what was sent.
            Ok(Err(error)) => format!("{:?}", error.kind()),
            Err(_elapsed) => "timeout".to_owned(),
        };
        *self.paused_until.lock() = now + PAUSE;
        if self.answers.swap(false, Ordering::Relaxed) {
            tracing::warn!(kind, "the Redis of ACS's allowance does not answer; this process keeps to its own share");
        }
        None
    }

    async fn ask(&self, asker: &RequestTenant) -> Result<Result<(), UsedUp>, RedisError> {
        let Quotas { all, reserve, tenant, hardly } = self.quotas;
        let mut command = cmd("EVAL");
        command.arg(SCRIPT).arg(2).arg(format!("{}:all", self.prefix)).arg(format!("{}:{}", self.prefix, name(asker)));
        for time in [all.interval, all.tolerance, reserve, tenant.interval, tenant.tolerance, hardly] {
            command.arg(micros(time));
        }
        let (limit, wait): (u8, u64) = command.query_async(&mut self.connection()?).await?;
        let wait = Duration::from_micros(wait);
        Ok(match limit {
            0 => Ok(()),
            1 => Err(UsedUp::TenantsPart(wait)),
            _ => Err(UsedUp::Everything(wait)),
        })
    }

    fn connection(&self) -> Result<ConnectionManager, RedisError> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection.clone());
        }
        let bounded = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(REDIS_TIMEOUT))
            .set_response_timeout(Some(REDIS_TIMEOUT))
            .set_number_of_retries(1)
            .set_max_delay(REDIS_TIMEOUT);
        let connection = ConnectionManager::new_lazy_with_config(self.client.clone(), bounded)?;
        Ok(self.connection.get_or_init(|| connection).clone())
    }
}

fn name(asker: &RequestTenant) -> String {
    match asker {
        None => "guests".to_owned(),
        Some(from) => format!("{}:{}", from.tenant, from.issuer.as_deref().unwrap_or("entra")),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
