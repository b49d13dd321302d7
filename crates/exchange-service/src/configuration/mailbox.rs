//! The section `mailbox`: whether there are return mailboxes, and their store.

use std::path::Path;

use redis::{Client, ConnectionAddr};
use zeroize::Zeroizing;

use super::{
    fault::{ConfigurationError, Fault, at},
    section::Section,
};
use crate::{
    mailbox::{MailboxPlace, MailboxSecret},
    text_file,
};

const MEMORY: &str = "memory";
const REDIS: &str = "redis";

/// `None` where the file has no such section.
pub(super) fn read(
    section: Option<Section>,
    scales_out: bool,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<MailboxPlace>, ConfigurationError> {
    let Some(mut section) = section else { return Ok(None) };
    let store = section.required_text("store")?;
    let address = section.text("redis_url_file")?;
    let secret = section.text("secret_file")?;
    section.nothing_left()?;
    match store.as_str() {
        MEMORY if address.is_some() => Err(at("mailbox.redis_url_file", Fault::NotWithMemory)),
        MEMORY if secret.is_some() => Err(at("mailbox.secret_file", Fault::NotWithMemory)),
        // The window could leave its response in one process while the frame waits at another.
        MEMORY if scales_out => Err(at("mailbox.store", Fault::MemoryOfSeveral)),
        MEMORY => Ok(Some(MailboxPlace::Memory)),
        REDIS => {
            let (key, address) = secret_text("redis_url", address, "MAILBOX_REDIS_URL", &environment)?;
            let client = client(&address).map_err(|fault| at(key, fault))?;
            let (key, secret) = secret_text("secret", secret, "MAILBOX_SECRET", &environment)?;
            let secret = MailboxSecret::from_base64(&secret).ok_or(at(key, Fault::NotASecret))?;
            Ok(Some(MailboxPlace::Redis { client: Box::new(client), secret: Box::new(secret) }))
        }
        _ => Err(at("mailbox.store", Fault::NotAStore)),
    }
}

/// The section as TOML, without the password and the secret.
pub(super) fn masked(place: &MailboxPlace) -> String {
    match place {
        MailboxPlace::Memory => format!("\n\n[mailbox]\nstore = \"{MEMORY}\""),
        MailboxPlace::Redis { client, .. } => {
            let address = client.get_connection_info().addr();
            format!("\n\n[mailbox]\nstore = \"{REDIS}\"\n# Redis at {address}, and a secret of its own")
        }
    }
}

/// The secret text of the file or of the variable, and the name of its source.
fn secret_text(
    name: &str,
    file: Option<String>,
    variable: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(String, Zeroizing<String>), ConfigurationError> {
    let key = format!("mailbox.{name}_file");
    if let Some(file) = file {
        return match text_file::read(Path::new(&file)) {
            Ok(text) => Ok((key, text)),
            Err(error) => Err(at(key, Fault::Unreadable(error))),
        };
    }
    match environment(variable).filter(|value| !value.is_empty()) {
        Some(value) => Ok((variable.to_owned(), Zeroizing::new(value))),
        None => Err(at(key, Fault::Missing)),
    }
}

/// Makes the client of a Redis. Its connection must have verified TLS, or stay on this machine.
fn client(address: &str) -> Result<Client, Fault> {
    let client = Client::open(address.trim()).map_err(|_| Fault::NotARedisAddress)?;
    let secure = match client.get_connection_info().addr() {
        ConnectionAddr::Tcp(host, _) => matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1"),
        ConnectionAddr::TcpTls { insecure, .. } => !insecure,
        ConnectionAddr::Unix(_) => true,
        _ => false,
    };
    if secure { Ok(client) } else { Err(Fault::NotARedisAddress) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// Reads the section with `variables`, each as `NAME=value`.
    fn read_text(section: &str, scales_out: bool, variables: &[&str]) -> Result<Option<MailboxPlace>, String> {
        let mut file = Section::parse(section).unwrap();
        let environment = |name: &str| {
            let pairs = variables.iter().filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.to_owned())
        };
        let section = file.section_if_any("mailbox").unwrap();
        read(section, scales_out, environment).map_err(|error| error.to_string())
    }

    fn redis(address: &str) -> Result<MailboxPlace, String> {
        let variables = [format!("MAILBOX_REDIS_URL={address}"), format!("MAILBOX_SECRET={SECRET}")];
        let place = read_text("[mailbox]\nstore = 'redis'", true, &variables.each_ref().map(String::as_str))?;
        Ok(place.unwrap())
    }

    #[test]
    fn no_mailboxes_without_the_section() {
        assert!(read_text("", true, &[]).unwrap().is_none());
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
            ("store = 'memory'\nredis_url = 'canary'", "mailbox.redis_url: is not a key of this service"),
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
        let masked = masked(&place);
        assert!(masked.contains("# Redis at redis.example:6380"), "{masked}");
        assert!(!format!("{masked}{place:?}").contains("canary"));
    }
}
