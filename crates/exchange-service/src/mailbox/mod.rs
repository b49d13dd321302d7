//! The return mailbox: where a window leaves an authorization response for a frame that it cannot speak to, because Entra's
//! policy has cut it off from its opener.
//!
//! The frame reserves `{id, key}`; the window gets the id only, and leaves one answer; the frame takes it with the key. What
//! passes is worthless without the verifier, which never leaves the frame.

mod answer;
mod ids;
mod mailboxes;
mod memory;
mod redis;
mod refusal;
mod settings;
mod shares;
mod store;
#[cfg(test)]
mod test_data;
mod waiters;

pub(crate) use self::{
    answer::authorization_response,
    ids::{MailboxSecret, Reserved},
    mailboxes::Mailbox,
    refusal::Refusal,
    settings::MailboxPlace,
};
