//! What becomes of a sign-in as time goes by: renewal, what may come in its way, and its end.

use azure_emulator::{IdTokenFault, Outage, Tampering};
use cross_tests::{Browser, Host, Setup, Stack};

use crate::{
    clocks,
    sign_in::{SIGNED_IN, sign_in_as},
};

/// A clock that is more than an hour late gives tokens of half a minute, which are renewed at half of it.
pub(crate) const LATE: Tampering = Tampering { entra_clock: -3870, ..Tampering::NONE };

/// Alice, with a token that is soon to be renewed.
async fn signed_in_for_half_a_minute() -> (Stack, Browser) {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    stack.emulator.tamper(LATE);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    (stack, browser)
}

/// Waits until there is a token again, and nothing that is wrong. The network says that it is back, as after an outage, so
/// that nobody waits for the end of a pause.
async fn recovers(browser: &Browser) {
    let recovered = async || {
        browser.script("dispatchEvent(new Event('online'))").await;
        let text = browser.text().await;
        (text.contains("Copy the token") && !text.contains("goes on trying")).then_some(())
    };
    browser.until("a renewal", recovered).await;
}

#[tokio::test]
async fn before_the_token_ends_it_is_renewed_and_nobody_is_asked() {
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
async fn a_refreshed_id_token_about_somebody_else_ends_the_renewal() {
    // SEC-017; RP-17, RP-18
    for fault in [IdTokenFault::WrongIssuer, IdTokenFault::WrongSubject] {
        let (stack, browser) = signed_in_for_half_a_minute().await;
        stack.emulator.tamper(Tampering { id_token: Some(fault), ..LATE });
        browser.wait_for_text("The identity in Entra's answer did not pass its checks").await;
        assert!(!browser.text().await.contains("goes on trying"), "{fault:?}");
        let asked = stack.emulator.token_requests().len();
        browser.wait_for_text("You are not signed in").await;
        assert_eq!(stack.emulator.token_requests().len(), asked, "{fault:?}: nothing is tried again");
    }
}

#[tokio::test]
async fn while_entra_fails_the_page_says_that_it_goes_on_trying_and_then_nothing_is_wrong() {
    // SEC-017, SEC-023. The token ends before Entra is back.
    let (stack, browser) = signed_in_for_half_a_minute().await;
    stack.emulator.tamper(Tampering { token: Some(Outage::Unavailable), ..LATE });
    browser.wait_for_text("Entra cannot answer at the moment.").await;
    browser.wait_for_text("This page goes on trying by itself.").await;
    browser.wait_for_text("The calling token has expired").await;
    browser.screenshot("renewal-in-trouble").await;
    stack.emulator.tamper(LATE);
    recovers(&browser).await;
}

#[tokio::test]
async fn without_a_network_the_page_goes_on_trying() {
    // SEC-017, SEC-023
    let (stack, browser) = signed_in_for_half_a_minute().await;
    stack.emulator.tamper(Tampering { token: Some(Outage::Dropped), ..LATE });
    browser.wait_for_text("The sign-in service could not be reached.").await;
    browser.wait_for_text("This page goes on trying by itself.").await;
    stack.emulator.tamper(LATE);
    recovers(&browser).await;
}

#[tokio::test]
async fn after_a_sleep_or_a_change_of_the_clock_the_token_is_renewed_at_once() {
    // SEC-017, SEC-023
    let page = clocks::page();
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    let asked = || stack.emulator.token_requests().len();
    assert_eq!(asked(), 2, "for A1, for B");
    // Two hours: the token has ended, nothing of the page ran meanwhile, and nobody has come back to it yet.
    stack.emulator.advance(2 * 3600);
    clocks::put_forward(&browser, 2 * 3600).await;
    browser.until("a renewal", async || (asked() >= 4).then_some(())).await;
    browser.wait_for_text("minutes left").await;
    assert_eq!(asked(), 4, "one renewal");
}

#[tokio::test]
async fn a_clock_that_is_two_hours_ahead_is_named_and_nobody_is_signed_out_by_it() {
    // SEC-017, SEC-022
    let page = clocks::page();
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    clocks::put_forward(&browser, 2 * 3600).await;
    browser.wait_for_text("This computer's clock seems to be wrong.").await;
    browser.wait_for_text("This page goes on trying by itself.").await;
    browser.screenshot("clock-wrong").await;
    clocks::put_forward(&browser, 0).await;
    recovers(&browser).await;
}

#[tokio::test]
async fn a_day_after_the_sign_in_the_person_is_asked_again() {
    // SEC-017: a single-page application's refresh token ends after 24 hours
    let (stack, browser) = signed_in_for_half_a_minute().await;
    stack.emulator.advance(24 * 3600);
    browser.wait_for_text("Your sign-in has ended: it lasts for 24 hours at most.").await;
    assert!(!browser.text().await.contains("goes on trying"));
    let asked = stack.emulator.token_requests().len();
    browser.wait_for_text("You are not signed in").await;
    assert_eq!(stack.emulator.token_requests().len(), asked, "nothing is tried again");
}
