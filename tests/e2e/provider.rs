//! The page at an identity provider that nobody here wrote, so that page and emulator cannot be wrong together.

use cross_tests::{Browser, Provider};

use super::sign_in::{SIGN_IN, SIGNED_IN, lying_around};

#[tokio::test]
async fn a_person_signs_in_at_a_provider_of_somebody_elses() {
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    browser.open(&provider.page).await;
    browser.click(SIGN_IN).await;
    // The provider's own pages: any name will do, then its consent.
    browser.wait_for("input[name=login]").await.send_keys("alice@fabrikam.example").await.unwrap();
    browser.wait_for("input[name=password]").await.send_keys("anything").await.unwrap();
    browser.click("Sign-in").await;
    browser.click("Continue").await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text("Alice Arden").await;
    assert_eq!(browser.address().await, provider.page);

    // Two tokens for two resources, and neither lies around.
    let exchanged = provider.exchanged();
    let [(caller, entra)] = &exchanged[..] else { panic!("one exchange: {exchanged:?}") };
    let caller = caller.strip_prefix("Bearer ").unwrap();
    assert!(!caller.is_empty() && !entra.is_empty() && caller != entra);
    let found = lying_around(&browser).await;
    assert!(!found.contains(caller) && !found.contains(entra.as_str()));
}
