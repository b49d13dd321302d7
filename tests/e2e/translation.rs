//! A page that the browser translates (REP-01): as in browsers and their extensions, each text node is replaced by one
//! inside `<font>` as soon as it is in the document.

use cross_tests::{Browser, Host, Setup, Stack, precede, texts};
use serde_json::json;

use crate::{clocks, sign_in::SIGN_IN};

/// A translator that replaces each text node by the same text inside `<font>`.
const TRANSLATOR: &str = "{
    const translate = (node) => {
        if (node.nodeType !== Node.TEXT_NODE) return node.childNodes.forEach(translate);
        if (node.parentNode?.localName === 'font') return;
        const font = document.createElement('font');
        font.append(document.createTextNode(node.data));
        node.replaceWith(font);
    };
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(translate)))
        .observe(document.documentElement, { childList: true, subtree: true });
    translate(document.documentElement);
}";

/// A translated page with clocks that a test moves.
fn page() -> tempfile::TempDir {
    let page = clocks::page();
    precede(page.path(), "boot.js", TRANSLATOR);
    page
}

async fn start(more: serde_json::Value) -> (tempfile::TempDir, Stack, Browser) {
    let page = page();
    // Without COOP at Entra, the window closes on cancel.
    let setup = Setup { more, coop: false, ..Setup::default() };
    let stack = Stack::serving(page.path(), Host::Proper, setup).await;
    (page, stack, Browser::start().await)
}

/// Waits until the heading and the live region have these texts, and no part of an earlier text is left.
async fn shows(browser: &Browser, heading: &str, live: &str) {
    let state = "const text = (css) => [...document.querySelectorAll(css)].map((element) => element.innerText.trim());
        const fonts = (element) => [...element.children].filter(({ localName }) => localName === 'font').length;
        const twice = [...document.querySelectorAll('#app *')].filter((e) => fonts(e) > 1 && !e.querySelector('code, a'));
        return [text('h1'), text('#app > [role=status]'), twice.map((element) => element.outerHTML)]";
    let expected = json!([[heading], [live], []]);
    browser
        .until(&format!("heading and live region {expected}"), async || {
            (browser.script(state).await == expected).then_some(())
        })
        .await;
    assert_eq!(browser.script("return document.querySelectorAll('#app font').length > 3").await, true);
}

/// Waits until the countdown is at most four minutes below this.
async fn counts_down_from(browser: &Browser, minutes: i64) {
    let shown = "const [text] = document.querySelector('.life').innerText.match(/^[0-9]+(?= minutes$)/) ?? [];
        return Number(text)";
    browser
        .until(&format!("{minutes} minutes left"), async || {
            let shown = browser.script(shown).await.as_f64()? as i64;
            (minutes - 4..=minutes).contains(&shown).then_some(())
        })
        .await;
}

/// REP-01: headings, countdown, problems and live region, while a token is valid, expires and is renewed.
#[tokio::test]
async fn a_translated_page_counts_down_expires_and_recovers() {
    let (_page, stack, browser) = start(json!({})).await;
    browser.open(&stack.page).await;
    shows(&browser, texts::text("signedOut.title"), texts::text("signedOut.title")).await;
    browser.click(SIGN_IN).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    let signed_in = texts::text("signedIn.title");
    shows(&browser, texts::text("signedIn.title"), signed_in).await;
    browser.script("document.querySelector('.developers').open = true").await;
    counts_down_from(&browser, 65).await;
    for (minutes, left) in [(30, 35), (40, 25), (0, 65)] {
        clocks::put_forward(&browser, minutes * 60).await;
        counts_down_from(&browser, left).await;
    }
    clocks::put_forward(&browser, 2 * 3600).await;
    let announced = format!("{} {}", texts::title("clock_wrong"), texts::action("clock_wrong"));
    shows(&browser, texts::text("signedIn.titleExpired"), &announced).await;
    browser.wait_for_text(texts::text("signedIn.expired")).await;
    browser.screenshot("translated").await;
    clocks::put_forward(&browser, 0).await;
    browser
        .until("a renewal", async || {
            browser.script("dispatchEvent(new Event('online'))").await;
            browser.text().await.contains(texts::text("signedIn.copyToken")).then_some(())
        })
        .await;
    shows(&browser, texts::text("signedIn.title"), signed_in).await;
    counts_down_from(&browser, 65).await;
    browser.click(texts::text("signedIn.signOut")).await;
    browser.wait_for_text(SIGN_IN).await;
}

/// REP-01: all screens without a new load of the page.
#[tokio::test]
async fn a_translated_page_goes_through_every_screen_of_the_window_flow() {
    let (_page, stack, browser) = start(json!({ "signInBy": "window" })).await;
    browser.open(&stack.page).await;
    let at_window = (texts::text("atWindow.title"), texts::text("atWindow.title"));
    for _ in 0..2 {
        browser.click(SIGN_IN).await;
        shows(&browser, at_window.0, at_window.1).await;
        browser.click(texts::text("cancel")).await;
        shows(&browser, texts::text("signedOut.title"), texts::text("signedOut.title")).await;
    }
    // Two problems, one after the other. The second replaces the first.
    for _ in 0..2 {
        browser.script("window.open = () => null").await;
        let again = texts::text("signedOut.signInAgain");
        let button = if browser.text().await.contains(again) { again } else { SIGN_IN };
        browser.click(button).await;
        browser.wait_for_text(texts::text("signedOut.titleAfterProblem")).await;
    }
    browser.script("location.reload()").await;
    browser.click(SIGN_IN).await;
    shows(&browser, at_window.0, at_window.1).await;
    let page = browser.enter_other_window().await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.enter_window(&page).await;
    shows(&browser, texts::text("signedIn.title"), texts::text("signedIn.title")).await;
}
