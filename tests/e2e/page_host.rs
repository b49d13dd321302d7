//! Web servers and proxies that change or refuse `config.json`, and a page below a path.

use cross_tests::{Browser, Replacement, Setup, Stack, texts};
use serde_json::{Value, json};

use crate::{
    sign_in::{SIGN_IN, SIGNED_IN},
    tampered::page_with,
};

fn sent(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Replacement {
    Replacement { status, content_type, body: body.into() }
}

/// Opens the page, and the details of its problem.
async fn open(stack: &Stack, browser: &Browser) {
    browser.open(&stack.page).await;
    browser.wait_for("section:not(#boot-card) button").await;
    browser.script("document.querySelectorAll('details').forEach(details => { details.open = true })").await;
}

/// Signs Alice in by redirect or by window.
async fn sign_in(browser: &Browser, sign_in_by: &str) {
    const ALICE: &str = "Sign in as alice@fabrikam.example";
    browser.click(SIGN_IN).await;
    if sign_in_by == "window" {
        let page = browser.enter_other_window().await;
        browser.click(ALICE).await;
        browser.enter_window(&page).await;
    } else {
        browser.click(ALICE).await;
    }
    browser.wait_for_text(SIGNED_IN).await;
}

/// REP-02: vault and window send cookies of the page's host with requests for `config.json`.
#[tokio::test]
async fn signs_in_behind_a_proxy_that_requires_a_cookie_on_every_path() {
    for sign_in_by in ["redirect", "window"] {
        let setup = Setup { more: json!({ "signInBy": sign_in_by }), ..Setup::default() };
        let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
        stack.site.require_cookie();
        browser.open(&stack.page).await;
        sign_in(&browser, sign_in_by).await;
    }
}

/// REP-02: a redirect is reported and not followed. HTML and refusals are reported.
#[tokio::test]
async fn names_a_redirect_html_or_refusal_instead_of_the_configuration() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let followed = format!("{}/emulator/", stack.entra);
    for (replacement, code, sentence) in [
        (sent(302, "text/plain", &*followed), "config_redirected", texts::title("config_redirected")),
        (sent(302, "text/plain", "/elsewhere"), "config_redirected", texts::title("config_redirected")),
        (
            sent(200, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title>"),
            "config_is_html",
            texts::title("config_is_html"),
        ),
        (sent(200, "application/json", "\n<html></html>"), "config_is_html", texts::title("config_is_html")),
        (sent(401, "text/plain", "who are you"), "config_refused", texts::title("config_refused")),
        (sent(403, "text/html", "<html>no</html>"), "config_refused", "HTTP status 403"),
        (sent(404, "text/plain", ""), "config_unreachable", "HTTP status 404"),
    ] {
        stack.site.replace("/config.json", replacement);
        open(&stack, &browser).await;
        browser.wait_for_text(code).await;
        browser.wait_for_text(sentence).await;
        browser.screenshot(code).await;
    }
    assert!(!stack.site.requests().iter().any(|line| line.contains("/elsewhere")), "a redirect is not followed");
}

/// REP-02: the window says that it has no configuration, and the page does not call it closed.
#[tokio::test]
async fn reports_a_window_without_configuration_as_config_unreachable() {
    let setup = Setup { more: json!({ "signInBy": "window" }), ..Setup::default() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    for replacement in [
        sent(302, "text/plain", "/elsewhere"),
        sent(200, "text/html; charset=utf-8", "<!doctype html>"),
        sent(403, "text/plain", "no"),
    ] {
        browser.open(&stack.page).await;
        browser.wait_for_text(SIGN_IN).await;
        stack.site.replace("/config.json", replacement);
        // The page closes the window, so the test checks only the page.
        browser.click(SIGN_IN).await;
        browser.wait_for_text(texts::title("config_unreachable")).await;
        stack.site.replace("/config.json", sent(200, "application/json", stack.site.config()));
    }
}

/// REP-03: a byte order mark is accepted, UTF-16 is reported, and a syntax error is reported with line and column.
#[tokio::test]
async fn reads_configurations_from_windows_and_names_their_faults() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let utf16 =
        format!("\u{FEFF}{}", stack.site.config()).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    for (body, sentence) in [
        (utf16, "saved as UTF-16"),
        (b"{\r\n  \"clientId\": \"a\",\r\n}".to_vec(), "not JSON at line 3, column 1: is there a comma"),
        (b"{\r\n  // my page\r\n}".to_vec(), "not JSON at line 2, column 3: JSON has no comments"),
    ] {
        stack.site.replace("/config.json", sent(200, "application/json", body));
        open(&stack, &browser).await;
        browser.wait_for_text(sentence).await;
    }
    for sign_in_by in ["redirect", "window"] {
        let (stack, browser) = (Stack::start().await, Browser::start().await);
        let mut config: Value = serde_json::from_str(&stack.site.config()).unwrap();
        config["signInBy"] = sign_in_by.into();
        let marked = format!("\u{FEFF}{config:#}").replace('\n', "\r\n");
        stack.site.replace("/config.json", sent(200, "application/json", marked));
        browser.open(&stack.page).await;
        sign_in(&browser, sign_in_by).await;
    }
}

/// REP-09: the page works below a path, and reports files that cannot be found from its address.
#[tokio::test]
async fn works_below_a_path_and_names_missing_files() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let mut config: Value = serde_json::from_str(&stack.site.config()).unwrap();
    config["redirectUri"] = format!("{}sign-in/", stack.page).into();
    stack.site.replace("/config.json", sent(200, "application/json", config.to_string()));
    stack.site.move_to("/sign-in");
    browser.open(&format!("{}sign-in/", stack.page)).await;
    browser.wait_for_text(SIGN_IN).await;
    assert!(!browser.text().await.contains("can't be found"));

    // Without the last slash, the browser resolves the paths of script and style to the wrong directory.
    stack.site.move_to("");
    stack.site.replace("/sign-in", sent(200, "text/html; charset=utf-8", stack.site.file("/").unwrap()));
    stack.site.replace(&stack.site.path_of("boot.js"), sent(404, "text/plain", ""));
    browser.open(&format!("{}sign-in", stack.page)).await;
    browser.wait_for_text("This page's files can't be found").await;
    browser.screenshot("files-missing").await;
}

/// A worker gets its policy with its first file. A browser keeps that file for a year, so another policy must come with
/// another name.
#[tokio::test]
async fn signs_in_after_the_exchange_service_moved_although_the_browser_has_the_old_files() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
    let before = stack.site.path_of("vault/vault_loader.js");

    let moved = stack.service.replace("localhost", "127.0.0.1");
    assert_ne!(moved, stack.service);
    let mut config: Value = serde_json::from_str(&stack.site.config()).unwrap();
    config["exchange"]["url"] = format!("{moved}/exchange").into();
    let mut addresses = stack.addresses.clone();
    addresses.exchanges = vec![moved];
    stack.reconfigure(&config.to_string(), addresses);
    assert_ne!(stack.site.path_of("vault/vault_loader.js"), before);
    browser.open(&stack.page).await;
    sign_in(&browser, "redirect").await;
}

/// A browser can show a document that is older than the files on the host, from a tab that was restored or from a CDN.
#[tokio::test]
async fn an_old_document_asks_for_a_reload_when_its_files_are_gone() {
    for (changed, sentence) in [
        ("boot.js", "This page's files can't be found"),
        ("vault/vault_loader.js", "This page is incomplete. Reload it"),
    ] {
        let (stack, browser) = (Stack::start().await, Browser::start().await);
        let document = stack.site.file("/").unwrap();
        let old = stack.site.path_of(changed);
        stack.deploy(page_with("// A newer version.", &[changed]).path());
        stack.site.replace("/", sent(200, "text/html; charset=utf-8", document));
        browser.open(&stack.page).await;
        browser.wait_for_text(sentence).await;
        let text = browser.text().await;
        assert!(text.contains(old.rsplit('/').next().unwrap()), "{old} is not named in {text}");
        assert!(!text.contains(SIGN_IN), "{text}");
    }
}
