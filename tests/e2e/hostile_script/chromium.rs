//! Tests for Chromium only: the memory of the main thread, and the header `Connection-Allowlist`.

mod other_origins;

use cross_tests::{Browser, Host, Record, Stack};

use super::{SIGNED_IN, own_sign_in::OwnSignIn, sign_in_as};

#[tokio::test]
async fn the_heap_of_the_main_thread_holds_no_token_of_entra() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    // The control: a token as long as A1 that only the main thread has.
    let planted = format!("eyJ{}", "planted".repeat(200));
    browser.script("globalThis.planted = ['eyJ', 'planted'.repeat(200)].join('')").await;
    let texts = browser.heap(&stack.page).await;
    let (controls, others): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| text.starts_with("eyJplanted"));
    // A snapshot truncates long texts.
    assert!(controls.iter().any(|text| text.len() > 1000 && planted.starts_with(text.as_str())), "{}", controls.len());
    assert!(others.len() > 10_000, "{}", others.len());
    let record = Record::default();
    record.add(others.join("\n").replace("code_challenge=", "").as_bytes());
    record.expect_no_secret(&stack.emulator);
}

#[tokio::test]
async fn script_cannot_take_the_code_of_its_own_sign_in_to_another_site() {
    // SEC-142
    let attack = OwnSignIn::start(Host::Proper).await;
    let protocol = async || attack.browser.script("return location.protocol").await.as_str().map(str::to_owned);
    let is_blocked = async || (protocol().await? == "chrome-error:").then_some(());
    attack.browser.until("the error page of the browser", is_blocked).await;
    assert_eq!(attack.attacker.requests(), [""; 0]);
}
