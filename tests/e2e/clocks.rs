//! A page whose clocks a test moves forward. To the page this looks as if the computer had slept.

use cross_tests::{Browser, Host, Setup, Stack};
use serde_json::json;
use tempfile::TempDir;

use super::{
    sign_in::{SIGN_IN, SIGNED_IN},
    tampered::page_with,
};

/// A script that precedes the scripts of page, vault and window. As in Chromium, the monotonic clock of a document
/// starts at the wall clock, and a later correction does not move it.
fn clock(seconds: i64) -> String {
    let ahead = seconds * 1000;
    format!(
        "{{ const now = Date.now; let ahead = {ahead}; Date.now = () => now() + ahead;
        Object.defineProperty(performance, 'timeOrigin', {{ value: performance.timeOrigin + ahead }});
        const clock = new BroadcastChannel('clock'); clock.onmessage = ({{ data }}) => {{ ahead = data }}; }}"
    )
}

const SCRIPTS: [&str; 4] = ["boot.js", "vault/vault_loader.js", "window.js", "return.js"];

/// A copy of the page with such clocks.
pub(crate) fn page() -> TempDir {
    page_with(&clock(0), &SCRIPTS)
}

/// Sets how far the wall clock is ahead of the computer's for documents that are loaded from now on. Negative: behind
/// it.
fn set_ahead(stack: &Stack, seconds: i64) {
    stack.deploy(page_with(&clock(seconds), &SCRIPTS).path());
}

/// Sets the clocks of page and vault this many seconds ahead of the computer's. The current document must be of the
/// page's origin.
pub(crate) async fn put_forward(browser: &Browser, seconds: u64) {
    correct(browser, i64::try_from(seconds).unwrap()).await;
}

async fn correct(browser: &Browser, ahead: i64) {
    browser.script(&format!("new BroadcastChannel('clock').postMessage({})", ahead * 1000)).await;
}

/// Loads the page with a wrong clock, in both flows and two hours off in both directions, and calls `then`.
async fn loaded_by_a_wrong_clock(then: impl AsyncFn(Browser, Stack, bool)) {
    for (by_window, wrong) in [(false, 7200), (false, -7200), (true, 7200), (true, -7200)] {
        let more = if by_window { json!({ "signInBy": "window" }) } else { json!({}) };
        let stack = Stack::serving(page().path(), Host::Proper, Setup { more, ..Setup::multitenant() }).await;
        let browser = Browser::start().await;
        set_ahead(&stack, wrong);
        browser.open(&stack.page).await;
        browser.wait_for_text(SIGN_IN).await;
        then(browser, stack, by_window).await;
    }
}

#[tokio::test]
async fn rep_04_a_sign_in_works_when_the_clock_is_corrected_before_the_click() {
    loaded_by_a_wrong_clock(async |browser, stack, by_window| {
        set_ahead(&stack, 0);
        correct(&browser, 0).await;
        browser.click(SIGN_IN).await;
        let opener = if by_window { Some(browser.enter_other_window().await) } else { None };
        browser.click("Sign in as alice@fabrikam.example").await;
        if let Some(opener) = opener {
            browser.enter_window(&opener).await;
        }
        browser.wait_for_text(SIGNED_IN).await;
        browser.script("document.querySelector('.developers').open = true").await;
        browser.wait_for_text(" minutes").await;
    })
    .await;
}

#[tokio::test]
async fn rep_04_a_sign_in_does_not_expire_when_the_clock_is_corrected_at_entra() {
    loaded_by_a_wrong_clock(async |browser, stack, by_window| {
        browser.click(SIGN_IN).await;
        let opener = if by_window { Some(browser.enter_other_window().await) } else { None };
        browser.wait_for_text("Sign in as alice@fabrikam.example").await;
        set_ahead(&stack, 0);
        if let Some(opener) = &opener {
            let entra = browser.window().await;
            browser.enter_window(opener).await;
            correct(&browser, 0).await;
            browser.enter_window(&entra).await;
        }
        browser.click("Sign in as alice@fabrikam.example").await;
        if let Some(opener) = opener {
            browser.enter_window(&opener).await;
        }
        browser.wait_for_text(SIGNED_IN).await;
    })
    .await;
}
