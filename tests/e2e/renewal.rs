//! Renewal of tokens, its failures, and the end of a sign-in.

use azure_emulator::{Faults, IdTokenFault, Outage};
use cross_tests::{Browser, Host, Setup, Stack, texts};

use crate::{
    clocks,
    sign_in::{SIGNED_IN, sign_in_as},
};

/// The sentence of the page while it retries.
const RETRYING: &str = texts::text("signedIn.retrying");

/// With Entra's clock more than an hour late, tokens are valid for half a minute, and are renewed after half of it.
pub(crate) const LATE: Faults = Faults { entra_clock: -3870, ..Faults::NONE };

/// Signs Alice in, with a token that is renewed soon.
async fn signed_in_for_half_a_minute() -> (Stack, Browser) {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    stack.emulator.set_faults(LATE);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    (stack, browser)
}

/// Waits until there is a token again, and no problem. The event `online` makes the page retry at once instead of after
/// its pause.
async fn recovers(browser: &Browser) {
    let recovered = async || {
        browser.script("dispatchEvent(new Event('online'))").await;
        let text = browser.text().await;
        let again = texts::text("signedIn.signInAgain");
        (text.contains(SIGNED_IN) && !text.contains(again) && !text.contains(RETRYING)).then_some(())
    };
    browser.until("a renewal", recovered).await;
}

#[tokio::test]
async fn renews_the_token_before_it_expires_without_interaction() {
    // SEC-017
    let (stack, browser) = signed_in_for_half_a_minute().await;
    let grants = async || {
        let requests = stack.emulator.token_requests();
        (requests.len() >= 4).then(|| requests.iter().map(|request| request.grant_type).collect::<Vec<_>>())
    };
    let grants = browser.until("a renewal", grants).await;
    assert_eq!(grants[0], Some("authorization_code"));
    assert!(grants[1..].iter().all(|grant| *grant == Some("refresh_token")), "{grants:?}");
    browser.wait_for_text(SIGNED_IN).await;
    assert_eq!(browser.address().await, stack.page);
}

#[tokio::test]
async fn a_refreshed_id_token_of_another_person_ends_the_renewal() {
    // SEC-017; RP-17, RP-18
    for fault in [IdTokenFault::WrongIssuer, IdTokenFault::WrongSubject] {
        let (stack, browser) = signed_in_for_half_a_minute().await;
        stack.emulator.set_faults(Faults { id_token: Some(fault), ..LATE });
        browser.wait_for_text(texts::title("id_token_refused")).await;
        assert!(!browser.text().await.contains(RETRYING), "{fault:?}");
        let requested = stack.emulator.token_requests().len();
        browser.wait_for_text(texts::text("signedOut.titleAfterProblem")).await;
        assert_eq!(stack.emulator.token_requests().len(), requested, "{fault:?}: no retry");
    }
}

#[tokio::test]
async fn retries_a_renewal_while_entra_fails_and_recovers() {
    // SEC-017, SEC-023. The token expires before Entra works again.
    let (stack, browser) = signed_in_for_half_a_minute().await;
    stack.emulator.set_faults(Faults { token: Some(Outage::Unavailable), ..LATE });
    browser.wait_for_text(texts::title("entra_unavailable")).await;
    browser.wait_for_text(RETRYING).await;
    browser.wait_for_text(texts::text("signedIn.titleExpired")).await;
    browser.screenshot("renewal-with-problem").await;
    stack.emulator.set_faults(LATE);
    recovers(&browser).await;
}

#[tokio::test]
async fn retries_a_renewal_without_a_network() {
    // SEC-017, SEC-023
    let (stack, browser) = signed_in_for_half_a_minute().await;
    stack.emulator.set_faults(Faults { token: Some(Outage::Dropped), ..LATE });
    browser.wait_for_text(texts::title("authority_unreachable")).await;
    browser.wait_for_text(RETRYING).await;
    stack.emulator.set_faults(LATE);
    recovers(&browser).await;
}

#[tokio::test]
async fn renews_the_token_at_once_after_a_sleep() {
    // SEC-017, SEC-023
    let page = clocks::page();
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    let requested = || stack.emulator.token_requests().len();
    assert_eq!(requested(), 2, "for A1, for B");
    // After two hours of sleep the token has expired, and the person has not used the page yet.
    stack.emulator.advance(2 * 3600);
    clocks::put_forward(&browser, 2 * 3600).await;
    browser.until("a renewal", async || (requested() >= 4).then_some(())).await;
    browser.script("document.querySelector('.developers').open = true").await;
    browser.wait_for_text(" minutes").await;
    assert_eq!(requested(), 4, "one renewal");
}

#[tokio::test]
async fn names_a_clock_that_is_two_hours_ahead_without_signing_out() {
    // SEC-017, SEC-022
    let page = clocks::page();
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    clocks::put_forward(&browser, 2 * 3600).await;
    browser.wait_for_text(texts::title("clock_wrong")).await;
    browser.wait_for_text(RETRYING).await;
    browser.screenshot("clock-wrong").await;
    clocks::put_forward(&browser, 0).await;
    recovers(&browser).await;
}

#[tokio::test]
async fn ends_the_sign_in_after_24_hours() {
    // SEC-017: a refresh token of a single-page application expires after 24 hours
    let (stack, browser) = signed_in_for_half_a_minute().await;
    stack.emulator.advance(24 * 3600);
    browser.wait_for_text(texts::title("sign_in_ended")).await;
    assert!(!browser.text().await.contains(RETRYING));
    let requested = stack.emulator.token_requests().len();
    browser.wait_for_text(texts::text("signedOut.titleAfterProblem")).await;
    assert_eq!(stack.emulator.token_requests().len(), requested, "no retry");
}
