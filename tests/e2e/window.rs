//! The window flow at top level.

use cross_tests::{Browser, Setup, Stack, texts};
use serde_json::json;

/// A page with the window flow.
fn by_window(coop: bool) -> Setup {
    Setup { coop, more: json!({ "signInBy": "window" }), ..Setup::multitenant() }
}

/// Opens the page, and signs Alice in by window.
async fn sign_in(stack: &Stack, browser: &Browser) {
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    browser.wait_for_text(texts::text("atWindow.title")).await;
    let page = browser.enter_other_window().await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.enter_window(&page).await;
}

/// Waits until the heading of a screen has the focus, and is the title of the document (WCAG 2.4.2, 2.4.3).
async fn has_focus_and_title(browser: &Browser, heading: &str) {
    let expected = json!(["H1", heading, heading]);
    let script = "const { localName, textContent } = document.activeElement;
        return [localName.toUpperCase(), textContent, document.title]";
    browser.until(&format!("{expected}"), async || (browser.script(script).await == expected).then_some(())).await;
}

#[tokio::test]
async fn signs_in_with_one_click_and_one_window_with_and_without_coop() {
    // SEC-021, SEC-037: the response comes by `opener` without COOP, and by the channel with COOP
    for coop in [false, true] {
        let (stack, browser) = (Stack::start_with(by_window(coop)).await, Browser::start().await);
        sign_in(&stack, &browser).await;
        browser.wait_for_text(texts::text("signedIn.title")).await;
        browser.until("the window's end", async || (browser.windows().await.len() == 1).then_some(())).await;
        assert_eq!(browser.script("return sessionStorage.length + localStorage.length").await, 0);
    }
}

#[tokio::test]
async fn cancel_returns_to_the_signed_out_screen_and_ignores_a_late_response() {
    let (stack, browser) = (Stack::start_with(by_window(true)).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    let page = browser.enter_other_window().await;
    browser.wait_for_text("Sign in as alice").await;
    let window = browser.window().await;
    browser.enter_window(&page).await;
    browser.screenshot("at-window").await;
    has_focus_and_title(&browser, texts::text("atWindow.title")).await;
    browser.click(texts::text("cancel")).await;
    has_focus_and_title(&browser, texts::text("signedOut.title")).await;
    browser.enter_window(&window).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text("The page that asked for this cannot be reached").await;
    browser.screenshot("return-unreachable").await;
    assert_eq!(browser.script("return location.hash + location.search").await, "");
    assert_eq!(stack.emulator.token_requests().len(), 0);
}

#[tokio::test]
async fn notices_a_window_that_is_closed_before_entra() {
    // SEC-021
    let (stack, browser) = (Stack::start_with(by_window(true)).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for("section:not(#boot-card) button").await;
    // Without its configuration, the window does not navigate to Entra.
    stack.site.hold("/config.json");
    browser.click(texts::text("signedOut.signIn")).await;
    let page = browser.enter_other_window().await;
    browser.wait_for_text("Off to Microsoft Entra").await;
    browser.screenshot("window-ours").await;
    browser.script("close()").await;
    browser.enter_window(&page).await;
    browser.wait_for_text(texts::title("window_closed")).await;
}

#[tokio::test]
async fn return_and_window_pages_without_an_opener_forward_nothing() {
    // SEC-004, SEC-039
    let (stack, browser) = (Stack::start_with(by_window(true)).await, Browser::start().await);
    browser.open(&format!("{}return.html#code=stolen&state=guess", stack.page)).await;
    browser.wait_for_text("Nothing was started in this window").await;
    assert_eq!(browser.script("return location.hash").await, "");
    browser.screenshot("return-cold").await;
    browser.open(&format!("{}window.html", stack.page)).await;
    browser.wait_for_text("This window cannot reach the page that opened it").await;
    browser.screenshot("window-cold").await;
}

#[tokio::test]
async fn window_html_accepts_only_greetings_that_lead_to_entra() {
    // SEC-039, SEC-045: a greeting of the own origin with another address is refused. `neighbors` tests other origins.
    let more = json!({ "signInBy": "window", "mailboxUrl": "http://localhost:9/mailbox" });
    let stack = Stack::start_with(Setup { more, ..Setup::multitenant() }).await;
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.wait_for("section:not(#boot-card) button").await;
    let good = format!(
        "{}/organizations/oauth2/v2.0/authorize?client_id=acc00000-0000-4000-8000-000000000010&response_type=code\
         &response_mode=fragment&code_challenge_method=S256&state=s&redirect_uri={}",
        stack.entra,
        format!("{}return.html", stack.page).replace(':', "%3A").replace('/', "%2F"),
    );
    let addresses = [
        good.replace(&stack.entra, "https://evil.example"),
        good.replace("acc00000", "bcc00000"),
        good.replace("state=s", "state=t"),
        good.replace("state=s", "state=s&state=s"),
        good.replace("S256", "plain"),
        good.replace("return.html", "evil.html"),
        good.replace("response_type=code", "response_type=token"),
        good.replace("://", "://user@"),
        "javascript:alert(1)".to_owned(),
        "not a url".to_owned(),
    ];
    // The mailbox must be the configured one.
    let mailboxes =
        ["https://evil.example/mailbox/a", "http://localhost:9/mailbox/a/../b", "http://localhost:9/mailboxes"];
    let bad_addresses = addresses.into_iter().map(|url| (url, None));
    for (url, mailbox) in bad_addresses.chain(mailboxes.map(|mailbox| (good.clone(), Some(mailbox)))) {
        // A real click, because a script of WebDriver cannot open windows. The messages are kept in the document, which
        // all scripts share in every engine.
        let script = format!(
            "document.querySelector('h1').addEventListener('click', () => {{ \
               const heard = document.documentElement.dataset; \
               heard.heard = ''; \
               const win = open('window.html'); \
               addEventListener('message', (event) => {{ \
                 heard.heard += event.data; \
                 if (event.data === '\"ready\"') \
                   win.postMessage(JSON.stringify({{ greeting: {{ url: {}, state: 's', mailbox: {} }} }}), location.origin); \
                 if (event.data === '\"refused\"') win.close(); \
               }}); \
             }}, {{ once: true }})",
            json!(url),
            json!(mailbox)
        );
        browser.script(&script).await;
        browser
            .until("a click", async || browser.driver.find(thirtyfour::By::Css("h1")).await.ok()?.click().await.ok())
            .await;
        browser
            .until("the refusal", async || {
                let heard = browser.script("return document.documentElement.dataset.heard").await;
                heard.as_str()?.contains("refused").then_some(())
            })
            .await;
        browser.until("the window's end", async || (browser.windows().await.len() == 1).then_some(())).await;
    }
    assert!(stack.emulator.token_requests().is_empty());
}

#[tokio::test]
async fn a_response_of_the_window_that_is_too_long_is_malformed() {
    for order in ["code={code}&state={state}", "state={state}&code={code}"] {
        let (stack, browser) = (Stack::start_with(by_window(true)).await, Browser::start().await);
        browser.open(&stack.page).await;
        browser.click(texts::text("signedOut.signIn")).await;
        let page = browser.enter_other_window().await;
        browser.wait_for_text("Sign in as alice@fabrikam.example").await;
        let sent = browser.address().await;
        let state = sent.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let response = order.replace("{code}", &"a".repeat(16 * 1024)).replace("{state}", state);
        // The window may close before the driver has seen it arrive.
        browser.script(&format!("location.replace('{}return.html#{response}')", stack.page)).await;
        browser.enter_window(&page).await;
        browser.wait_for_text(texts::title("response_malformed")).await;
        assert!(stack.emulator.token_requests().is_empty(), "no part of the code is redeemed");
    }
}

#[tokio::test]
async fn rep_06_a_response_in_the_query_of_the_window_is_scrubbed_and_explained() {
    const MALFORMED: &str = texts::title("response_malformed");
    const DECLINED: &str = texts::title("sign_in_declined");
    for (response, sentence) in [("code=c", MALFORMED), ("error=access_denied", DECLINED)] {
        let (stack, browser) = (Stack::start_with(by_window(true)).await, Browser::start().await);
        browser.open(&stack.page).await;
        browser.click(texts::text("signedOut.signIn")).await;
        let page = browser.enter_other_window().await;
        browser.wait_for_text("Sign in as alice@fabrikam.example").await;
        let sent = browser.address().await;
        let state = sent.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let returned = format!("{}return.html?{response}&state={state}", stack.page);
        // The window can close before the driver has seen the new document.
        browser.script(&format!("location.replace('{returned}')")).await;
        browser.enter_window(&page).await;
        browser.wait_for_text(sentence).await;
        assert!(stack.emulator.token_requests().is_empty(), "a code that the host has seen is not redeemed");
    }
    let (stack, browser) = (Stack::start_with(by_window(true)).await, Browser::start().await);
    browser.open(&format!("{}return.html?code=stolen&state=guess", stack.page)).await;
    browser.wait_for_text("Nothing was started in this window").await;
    assert_eq!(browser.script("return location.search").await, "");
}
