//! The Back button and restored documents after a sign-in.

use cross_tests::{Browser, Engine, Stack, texts};

use crate::sign_in::{SIGN_IN, SIGNED_IN, readable_by_scripts, sign_in_as};

const UNSOLICITED: &str = texts::title("response_unsolicited");

async fn history_length(browser: &Browser) -> i64 {
    browser.until("the history", async || browser.script("return history.length").await.as_i64()).await
}

/// REP-05: the request to the authority replaces the page in the history. If the authority redirects at once, no entry
/// of it remains.
#[tokio::test]
async fn the_request_to_the_authority_does_not_stay_in_the_history() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
    let before = history_length(&browser).await;
    browser.click(SIGN_IN).await;
    browser.wait_for_text(SIGNED_IN).await;
    assert_eq!(history_length(&browser).await, before);
}

/// REP-05: if the authority showed a page, Back leads to it, and it sends the same response again.
#[tokio::test]
async fn back_after_a_sign_in_ends_on_the_normal_screen_without_an_alarm() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    if browser.engine == Engine::WebKit {
        println!("skipped: WebKit's driver stops responding after Back across sites");
        return;
    }
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    let requested = stack.emulator.token_requests().len();
    browser.script("setTimeout(() => history.back())").await;
    // Entra redirects at once, or the browser shows the page that it kept.
    browser
        .until("the page without a token", async || {
            if browser.driver.current_url().await.ok()?.as_str().starts_with(&stack.entra) {
                let account =
                    thirtyfour::By::XPath("//*[self::a or self::button][contains(., 'alice@fabrikam.example')]");
                browser.driver.find(account).await.ok()?.click().await.ok()?;
                return None;
            }
            let text = browser.text().await;
            let is_left = !text.contains(SIGNED_IN) && !text.contains(texts::text("signingIn.title"));
            (is_left && (text.contains(SIGN_IN) || text.contains(UNSOLICITED))).then_some(())
        })
        .await;
    browser.wait_for_text(SIGN_IN).await;
    assert!(!browser.text().await.contains(UNSOLICITED));
    assert_eq!(browser.address().await, stack.page, "nothing of the response stays in the address");
    assert_eq!(stack.emulator.token_requests().len(), requested, "a spent response is not redeemed");

    // A response that this tab never requested is still reported.
    browser.open("about:blank").await;
    browser.open(&format!("{}#code=stolen&state=guessed", stack.page)).await;
    browser.wait_for_text(UNSOLICITED).await;
    // A sign-in works afterwards.
    browser.click(texts::text("signedOut.signInAgain")).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
}

/// SEC-032: a document that the browser kept shows the state at which it was left. Documents are `no-store`, so
/// browsers seldom keep them. Here the event is dispatched by a script.
#[tokio::test]
async fn a_page_that_the_browser_restores_starts_again() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    const LOADED_AT: &str = "return performance.timeOrigin";
    let before = browser.script(LOADED_AT).await;
    let show =
        |persisted: bool| format!("dispatchEvent(new PageTransitionEvent('pageshow', {{ persisted: {persisted} }}))");
    // The control: each load ends with such an event.
    browser.script(&show(false)).await;
    assert!(browser.text().await.contains(SIGNED_IN));
    assert_eq!(browser.script(LOADED_AT).await, before);
    browser.script(&show(true)).await;
    browser.wait_for_text(SIGN_IN).await;
    assert_ne!(browser.script(LOADED_AT).await, before);
    assert!(!readable_by_scripts(&browser).await.contains("Alice"));
}
