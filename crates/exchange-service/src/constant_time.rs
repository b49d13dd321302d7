//! Checks that secrets are compared only with aws-lc-rs, in constant time. Types that hold a secret have no `==`, so
//! that none is compared otherwise by accident: this file does not compile if one of them has it.

use contract::secret::{AuthorizationResponse, CallerToken, EntraAccessToken, MailboxKey};
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
    assert_not_impl_any!(AuthorizationResponse: PartialEq);
}
