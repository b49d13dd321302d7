//! Where return mailboxes are kept.

use std::fmt;

use redis::Client;

use super::ids::MailboxSecret;

/// Where return mailboxes are kept.
pub(crate) enum MailboxPlace {
    /// In the one process that there is.
    Memory,
    /// Where several processes find them. These must recognize each other's ids, too.
    Redis { client: Box<Client>, secret: Box<MailboxSecret> },
}

impl fmt::Debug for MailboxPlace {
    /// The library's own `Debug` would have to be trusted not to show the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "MailboxPlace::Memory",
            Self::Redis { .. } => "MailboxPlace::Redis(…)",
        })
    }
}
