//! The setting of where return mailboxes are kept.

use std::fmt;

use redis::Client;

use super::ids::MailboxSecret;

/// Where return mailboxes are kept.
pub(crate) enum MailboxPlace {
    /// In the memory of the only process.
    Memory,
    /// In a Redis that several processes share. They also share the secret, so that each accepts the ids of the others.
    Redis { client: Box<Client>, secret: Box<MailboxSecret> },
}

impl fmt::Debug for MailboxPlace {
    /// Hides the client, because its own `Debug` could print the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "MailboxPlace::Memory",
            Self::Redis { .. } => "MailboxPlace::Redis(…)",
        })
    }
}
