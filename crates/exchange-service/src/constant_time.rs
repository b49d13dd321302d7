//! Secrets are compared by aws-lc-rs alone, in a time that reveals nothing of them. Types that hold a secret have no `==`,
//! so that none is compared otherwise by accident: this file does not compile for a type that has one.

use contract::secret::{CallerToken, EntraAccessToken, MailboxKey, RawAnswer};
use static_assertions::assert_not_impl_any;

use crate::{
    acs::{access_key::AccessKey, client_secret::ClientSecret},
    mailbox::MailboxSecret,
};

#[test]
fn no_secret_can_be_compared_by_accident() {
    // SEC-117
    assert_not_impl_any!(AccessKey: PartialEq);
    assert_not_impl_any!(ClientSecret: PartialEq);
    assert_not_impl_any!(MailboxSecret: PartialEq);
    assert_not_impl_any!(MailboxKey: PartialEq);
    assert_not_impl_any!(CallerToken: PartialEq);
    assert_not_impl_any!(EntraAccessToken: PartialEq);
    assert_not_impl_any!(RawAnswer: PartialEq);
}
