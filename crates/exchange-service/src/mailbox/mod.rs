//! The return mailbox: a window leaves an authorization response here for a frame that it cannot reach, because Entra's
//! opener policy has severed the window from its opener.
//!
//! The frame reserves `{id, key}`. The window gets only the id, and leaves one response. The frame fetches it with the
//! key. The response is useless without the code verifier, which never leaves the frame.

mod authorization_response;
mod ids;
mod mailboxes;
mod memory;
mod redis;
mod refusal;
mod settings;
mod site_usage;
mod store;
#[cfg(test)]
mod test_data;
mod waiters;

pub(crate) use self::{
    authorization_response::authorization_response,
    ids::{MailboxSecret, Reserved},
    mailboxes::Mailbox,
    refusal::Refusal,
    settings::MailboxPlace,
};
