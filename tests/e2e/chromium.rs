//! What only Chromium can be asked: its console, its colours, a small screen. Other engines leave this module out.

use cross_tests::{Browser, Stack};

use super::{
    policy::{ATTEMPTS, serve},
    sign_in::{SIGN_IN, SIGNED_IN, lying_around, sign_in_as},
};

#[tokio::test]
async fn a_page_that_obeys_the_policy_leaves_the_console_quiet() {
    let (_files, _site, address) = serve(&[
        ("index.html", "<!doctype html><link rel=icon href=icon.svg><script type=module src=boot.js></script><body>"),
        ("boot.js", "document.body.append('the script ran')"),
        ("icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ])
    .await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("the script ran").await;
    browser.expect_a_quiet_console().await;
}

// A console that stays quiet proves something only where it would have been loud.
#[tokio::test]
async fn what_the_policy_refuses_is_in_the_console() {
    let document = "<!doctype html><script type=module src=boot.js></script><body><script>it()</script>";
    let (_files, _site, address) = serve(&[("index.html", document), ("boot.js", ATTEMPTS)]).await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("done.").await;
    let console = browser.console().await.join("\n");
    for report in ["script-src", "connect-src", "TrustedHTML"] {
        assert!(console.contains(report), "{report}: {console}");
    }
}

#[tokio::test]
async fn a_sign_in_leaves_the_console_quiet() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.expect_a_quiet_console().await;
}

// By the Navigation API, which WebKitGTK does not have yet.
#[tokio::test]
async fn whoever_never_reaches_entra_can_cancel() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
    // The navigation is stopped as soon as it begins, as by a person who presses Escape.
    browser.script("navigation.addEventListener('navigate', event => event.preventDefault())").await;
    browser.click(SIGN_IN).await;
    browser.wait_for_text("Off to Microsoft Entra").await;
    browser.click("Cancel").await;
    browser.wait_for_text(SIGN_IN).await;
    assert!(!lying_around(&browser).await.contains("acs-sign-in.transaction"));
}

#[tokio::test]
async fn the_page_fits_a_phone_and_the_dark() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for colours in ["light", "dark"] {
        browser.resize(320, 640).await;
        browser.prefer_colours(colours).await;
        browser.open(&stack.page).await;
        browser.wait_for_text(SIGN_IN).await;
        // The harness did what was asked for.
        assert_eq!(browser.script("return innerWidth").await, 320);
        let dark = browser.script("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(dark, colours == "dark");
        let fits = browser.script("return document.documentElement.scrollWidth <= innerWidth").await;
        assert_eq!(fits, true, "{colours}");
        let picture = browser.screenshot(&format!("phone-{colours}")).await;
        assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    }
}
