//! Tests for Chromium only: console, colors, a small screen. Other engines leave this module out.

use cross_tests::{Browser, Host, Setup, Stack, dist, texts};
use serde_json::json;

use super::{
    policy::{ATTEMPTS, serve},
    sign_in::{SIGN_IN, SIGNED_IN, readable_by_scripts, sign_in_as},
};

#[tokio::test]
async fn a_page_that_obeys_the_policy_causes_no_console_messages() {
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

// The control: without it, the other tests would also pass if the browser reported nothing.
#[tokio::test]
async fn the_console_reports_policy_violations() {
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
async fn a_sign_in_causes_no_console_messages() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.expect_a_quiet_console().await;
}

#[tokio::test]
async fn a_sign_in_by_window_causes_no_console_errors_and_no_request_for_a_missing_icon() {
    let setup = Setup { coop: false, more: json!({ "signInBy": "window" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    let page = browser.enter_other_window().await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.enter_window(&page).await;
    browser.wait_for_text(SIGNED_IN).await;
    // Chromium warns that `document.domain`, by which window.js recognizes a sandbox, has no effect. That is intended.
    let errors: Vec<_> = browser.console().await.into_iter().filter(|line| line.starts_with("SEVERE")).collect();
    assert_eq!(errors, [""; 0]);
    let requests = stack.site.requests();
    assert!(!requests.iter().any(|line| line.contains("favicon")), "{requests:?}");
}

/// Signs in twice in one browser. The second time, Entra knows the account and answers with a redirect.
async fn sign_in_twice(host: Host) -> (Stack, Browser) {
    let stack = Stack::serving(&dist(), host, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    (stack, browser)
}

#[tokio::test]
async fn single_sign_on_needs_a_connection_allowlist_that_allows_redirects() {
    // SEC-142
    let (_stack, browser) = sign_in_twice(Host::Proper).await;
    browser.wait_for_text(SIGNED_IN).await;

    let (_stack, browser) = sign_in_twice(Host::WithoutAllowedRedirects).await;
    let protocol = async || browser.script("return location.protocol").await.as_str().map(str::to_owned);
    let is_blocked = async || (protocol().await? == "chrome-error:").then_some(());
    browser.until("the error page of the browser", is_blocked).await;
}

// Uses the Navigation API, which WebKitGTK does not support yet.
#[tokio::test]
async fn cancel_works_when_the_navigation_to_entra_is_stopped() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
    // The navigation is stopped as soon as it begins, as when a person presses Escape.
    browser.script("navigation.addEventListener('navigate', event => event.preventDefault())").await;
    browser.click(SIGN_IN).await;
    browser.wait_for_text(texts::text("leaving.title")).await;
    browser.click(texts::text("cancel")).await;
    browser.wait_for_text(SIGN_IN).await;
    assert!(!readable_by_scripts(&browser).await.contains("acs-sign-in.transaction"));
}

#[tokio::test]
async fn the_page_fits_a_phone_in_light_and_dark_colors() {
    let more = json!({
        "continueUrl": "https://portal.fabrikam.example/",
        "branding": {
            "name": "Fabrikam Calling",
            "accent": "#8a2da5",
            "supportEmail": "help@fabrikam.example",
            "privacyUrl": "https://www.fabrikam.example/privacy",
            "termsUrl": "https://www.fabrikam.example/terms",
        },
    });
    let (stack, browser) = (Stack::start_with(Setup { more, ..Setup::default() }).await, Browser::start().await);
    for colors in ["light", "dark"] {
        browser.resize(320, 640).await;
        browser.prefer_colors(colors).await;
        browser.open(&stack.page).await;
        browser.wait_for_text(SIGN_IN).await;
        let named = texts::text("signedOut.titleNamed").replace("{name}", "Fabrikam Calling");
        let titles = browser.script("return [document.title, document.querySelector('h1').textContent]").await;
        assert_eq!(titles, json!([named, named]));
        // The control: the viewport and the color scheme are those of this round.
        assert_eq!(browser.script("return innerWidth").await, 320);
        let dark = browser.script("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(dark, colors == "dark");
        let fits = browser.script("return document.documentElement.scrollWidth <= innerWidth").await;
        assert_eq!(fits, true, "{colors}");
        let picture = browser.screenshot(&format!("phone-{colors}")).await;
        assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    }
    browser.click(SIGN_IN).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
    for colors in ["light", "dark"] {
        browser.prefer_colors(colors).await;
        browser.screenshot(&format!("phone-signed-in-{colors}")).await;
        assert_eq!(browser.script("return document.documentElement.scrollWidth <= innerWidth").await, true, "{colors}");
        let color = browser.script("return getComputedStyle(document.querySelector('.primary')).backgroundColor").await;
        // The accent, and on dark 40 % of it with white.
        assert_eq!(
            color,
            if colors == "light" { "rgb(138, 45, 165)" } else { "color(srgb 0.816471 0.670588 0.858824)" }
        );
    }
}
