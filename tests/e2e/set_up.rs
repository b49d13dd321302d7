//! From a tenant without applications to the token, with the files that `acs-sign-in-setup` writes.

use cross_tests::{Browser, Setup, Stack, Users};

use crate::sign_in::{SIGNED_IN, sign_in_as};

#[tokio::test]
async fn alice_signs_in_to_a_page_that_the_setup_registered() {
    for users in [Users::SingleTenantTeams, Users::MultitenantTeams] {
        let stack = Stack::start_with(Setup::from_nothing(users)).await;
        let browser = Browser::start().await;
        sign_in_as("alice@fabrikam.example", &stack, &browser).await;
        browser.wait_for_text(SIGNED_IN).await;
        browser.wait_for_text("Alice Arden").await;
    }
}
