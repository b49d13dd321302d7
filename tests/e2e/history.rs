//! What the Back button finds after a sign-in.

use cross_tests::{Browser, Engine, Stack};

use crate::sign_in::{SIGN_IN, SIGNED_IN, lying_around, sign_in_as};

const UNSOLICITED: &str = "A sign-in came back that was not started in this tab";

async fn history_length(browser: &Browser) -> i64 {
    browser.until("the history", async || browser.script("return history.length").await.as_i64()).await
}

/// REP-05: the request to the authority takes the page's place in the history, so that where the authority asks nothing,
/// it is not there at all.
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

/// REP-05: where the authority asked something, Back leads to it, and it answers the same request again.
#[tokio::test]
async fn back_after_a_sign_in_ends_on_the_normal_screen_without_an_alarm() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    if browser.engine == Engine::WebKit {
        // WebKit's driver stops answering after Back across sites, so this is not tested there.
        return;
    }
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    let asked = stack.emulator.token_requests().len();
    browser.script("setTimeout(() => history.back())").await;
    // Entra answers at once, or shows the page that the browser has kept. The address is asked for first: WebKit's driver
    // does not answer a script that runs while a document is being left.
    browser
        .until("the page without a token", async || {
            if browser.driver.current_url().await.ok()?.as_str().starts_with(&stack.entra) {
                let account =
                    thirtyfour::By::XPath("//*[self::a or self::button][contains(., 'alice@fabrikam.example')]");
                browser.driver.find(account).await.ok()?.click().await.ok()?;
                return None;
            }
            let text = browser.text().await;
            let is_left = !text.contains(SIGNED_IN) && !text.contains("Signing you in");
            (is_left && (text.contains(SIGN_IN) || text.contains(UNSOLICITED))).then_some(())
        })
        .await;
    browser.wait_for_text(SIGN_IN).await;
    assert!(!browser.text().await.contains(UNSOLICITED));
    assert_eq!(browser.address().await, stack.page, "nothing of the response stays in the address");
    assert_eq!(stack.emulator.token_requests().len(), asked, "a spent response is not redeemed");

    // A response that this tab never asked for is still named.
    browser.open("about:blank").await;
    browser.open(&format!("{}#code=stolen&state=guessed", stack.page)).await;
    browser.wait_for_text(UNSOLICITED).await;
    // And a sign-in that follows is a sign-in.
    browser.click("Sign in again").await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
}

/// SEC-032: a document that the browser kept shows the state of its last moment. The documents are `no-store`, so browsers
/// seldom keep them, and the event is dispatched here.
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
    assert!(!lying_around(&browser).await.contains("Alice"));
}
