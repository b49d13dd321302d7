//! Secrets are compared by aws-lc-rs alone, in a time that tells nothing of them. What holds a secret has no `==`, so that
//! nobody compares it otherwise by accident: the calls below do not compile for a type that has one, because then both
//! implementations of `has_no_equality` fit.

use protocol::secret::{CallerToken, EntraAccessToken, MailboxKey, RawAnswer};

use crate::{
    acs::{access_key::AccessKey, client_secret::ClientSecret},
    mailbox::MailboxSecret,
};

struct Comparable;

trait Compared<Fits> {
    fn has_no_equality() {}
}

impl<T: ?Sized> Compared<()> for T {}
impl<T: ?Sized + PartialEq> Compared<Comparable> for T {}

#[test]
fn no_secret_can_be_compared_by_accident() {
    // SEC-117
    AccessKey::has_no_equality();
    ClientSecret::has_no_equality();
    MailboxSecret::has_no_equality();
    MailboxKey::has_no_equality();
    CallerToken::has_no_equality();
    EntraAccessToken::has_no_equality();
    RawAnswer::has_no_equality();
}
