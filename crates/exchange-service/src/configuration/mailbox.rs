//! The section `mailbox`: whether there are return mailboxes, and their store.

use redis::{Client, ConnectionAddr};
use serde::{Deserialize, Serialize};

use super::{
    fault::{ConfigurationError, Fault, at, must_be},
    secret::{Environment, secret},
    toml_values::Word,
};
use crate::mailbox::{MailboxPlace, MailboxSecret};

/// Return mailboxes, for pages in a portal's frame whose sign-in window cannot reach them. Without this section: none.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct MailboxSection {
    /// Where they are kept.
    store: Word<Store>,
    /// A file with the address of the Redis: `rediss://…`. Without it: `MAILBOX_REDIS_URL`.
    redis_url_file: Option<String>,
    /// A file with the secret that all processes share: 32 random bytes in base64. Without it: `MAILBOX_SECRET`.
    secret_file: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum Store {
    /// In the memory of the only process.
    Memory,
    /// In a Redis that several processes share.
    Redis,
}

impl MailboxSection {
    pub(super) fn validate(
        &self,
        scales_out: bool,
        environment: Environment<'_>,
    ) -> Result<MailboxPlace, ConfigurationError> {
        let Self { store, redis_url_file, secret_file } = self;
        match store.0 {
            Store::Memory if redis_url_file.is_some() => Err(at("mailbox.redis_url_file", Fault::NotWithMemory)),
            Store::Memory if secret_file.is_some() => Err(at("mailbox.secret_file", Fault::NotWithMemory)),
            // The window could leave its response in one process while the frame waits at another.
            Store::Memory if scales_out => Err(at("mailbox.store", Fault::MemoryOfSeveral)),
            Store::Memory => Ok(MailboxPlace::Memory),
            Store::Redis => {
                let required = |key, file, variable| {
                    secret(key, file, variable, environment)?.ok_or_else(|| at(key, Fault::Missing))
                };
                let (source, address) = required("mailbox.redis_url_file", redis_url_file, "MAILBOX_REDIS_URL")?;
                let client = client(&address)
                    .ok_or_else(|| at(source, must_be("rediss://…, or redis://… on loopback, or a Unix socket")))?;
                let (source, secret) = required("mailbox.secret_file", secret_file, "MAILBOX_SECRET")?;
                let secret = MailboxSecret::from_base64(&secret)
                    .ok_or_else(|| at(source, must_be("at least 32 random bytes in base64")))?;
                Ok(MailboxPlace::Redis { client: Box::new(client), secret: Box::new(secret) })
            }
        }
    }
}

/// The address of the Redis, without the password.
pub(super) fn source(place: &MailboxPlace) -> Option<String> {
    let MailboxPlace::Redis { client, .. } = place else { return None };
    Some(format!("Redis at {}, and a secret of its own", client.get_connection_info().addr()))
}

/// Makes the client of a Redis. Its connection must have verified TLS, or stay on this machine.
fn client(address: &str) -> Option<Client> {
    let client = Client::open(address.trim()).ok()?;
    let secure = match client.get_connection_info().addr() {
        ConnectionAddr::Tcp(host, _) => matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1"),
        ConnectionAddr::TcpTls { insecure, .. } => !insecure,
        ConnectionAddr::Unix(_) => true,
        _ => false,
    };
    secure.then_some(client)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Configuration, tests},
        *,
    };

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// Reads a configuration with this section and `variables`, each as `NAME=value`.
    fn read_text(section: &str, scales_out: bool, variables: &[&str]) -> Result<Option<MailboxPlace>, String> {
        let environment = |name: &str| {
            let pairs = [tests::KEY_VARIABLE].into_iter().chain(variables.iter().copied());
            pairs
                .filter_map(|pair| pair.split_once('='))
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| value.to_owned())
        };
        let text = format!("scales_out = {scales_out}\n{}\n{section}", tests::GOOD);
        let configuration = Configuration::parse(&text, environment).map_err(|error| error.to_string())?;
        Ok(configuration.mailbox)
    }

    fn redis(address: &str) -> Result<MailboxPlace, String> {
        let variables = [format!("MAILBOX_REDIS_URL={address}"), format!("MAILBOX_SECRET={SECRET}")];
        let place = read_text("[mailbox]\nstore = 'redis'", true, &variables.each_ref().map(String::as_str))?;
        Ok(place.unwrap())
    }

    #[test]
    fn no_mailboxes_without_the_section() {
        assert!(read_text("", true, &["EXCHANGE_SERVICE_INSTANCES=2"]).unwrap().is_none());
        assert!(matches!(read_text("[mailbox]\nstore = 'memory'", false, &[]), Ok(Some(MailboxPlace::Memory))));
    }

    #[test]
    fn memory_is_refused_where_the_service_scales_out() {
        let message = read_text("[mailbox]\nstore = 'memory'", true, &[]).unwrap_err();
        assert_eq!(message, "mailbox.store: cannot be memory where the service scales out (scales_out)");
    }

    #[test]
    fn names_the_key_of_every_mistake() {
        // SEC-124
        for (section, message) in [
            ("", "mailbox.store: is missing"),
            ("store = 'canary'", "mailbox.store: must be memory or redis"),
            ("store = 'memory'\nsecret_file = 'x'", "mailbox.secret_file: has no use while mailbox.store is memory"),
            (
                "store = 'memory'\nredis_url = 'canary'",
                "mailbox.redis_url: is not a key of this service: expected one of store, redis_url_file, secret_file",
            ),
            ("store = 'redis'", "mailbox.redis_url_file: is missing"),
            (
                "store = 'redis'\nredis_url_file = '/nowhere'",
                "mailbox.redis_url_file: the file cannot be read (entity not found)",
            ),
        ] {
            assert_eq!(read_text(&format!("[mailbox]\n{section}"), false, &[]).unwrap_err(), message);
        }
        let address = "MAILBOX_REDIS_URL=redis://localhost";
        let section = "[mailbox]\nstore = 'redis'";
        assert_eq!(read_text(section, true, &[address]).unwrap_err(), "mailbox.secret_file: is missing");
        let message = read_text(section, true, &[address, "MAILBOX_SECRET=canary"]).unwrap_err();
        assert_eq!(message, "MAILBOX_SECRET: must be at least 32 random bytes in base64");
    }

    #[test]
    fn requires_tls_for_a_redis_on_another_machine() {
        for good in ["rediss://:p@redis.example:6380/0", "redis://127.0.0.1:6379", "redis://[::1]", "unix:///run/redis"]
        {
            assert!(redis(good).is_ok(), "{good}");
        }
        for bad in ["redis://redis.example", "rediss://redis.example/#insecure", "http://localhost", "canary", ""] {
            let message = redis(bad).unwrap_err();
            assert!(message.starts_with("MAILBOX_REDIS_URL: ") || message.ends_with("is missing"), "{message}");
            assert!(!message.contains("canary"));
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        // SEC-116, SEC-124
        let place = redis("rediss://user:canary@redis.example:6380/0").unwrap();
        let source = source(&place).unwrap();
        assert_eq!(source, "Redis at redis.example:6380, and a secret of its own");
        assert!(!format!("{source}{place:?}").contains("canary"));
    }
}
