//! The emulated Entra in a browser, without the page.

use cross_tests::{Browser, Setup, Stack};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An authorization request of the page's application that redirects to the page's address.
fn authorize(stack: &Stack, more: &str) -> String {
    let redirect = stack.page.replace(':', "%3A").replace('/', "%2F");
    format!(
        "{}/organizations/oauth2/v2.0/authorize?client_id=acc00000-0000-4000-8000-000000000010&response_type=code\
         &redirect_uri={redirect}&response_mode=fragment&scope=openid&state=s&nonce=n&code_challenge={CHALLENGE}\
         &code_challenge_method=S256{more}",
        stack.entra
    )
}

/// A directory without scripts of the page, so that the response stays in the address.
fn empty_page() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("index.html"), "<!doctype html><p>back</p>").unwrap();
    directory
}

#[tokio::test]
async fn redirects_back_with_a_code_in_the_fragment() {
    let page = empty_page();
    let stack = Stack::serving_folder(page.path(), Setup::default()).await;
    let browser = Browser::start().await;
    browser.open(&authorize(&stack, "")).await;
    browser.screenshot("emulator-sign-in").await;
    browser.click("Sign in as alice@fabrikam.example").await;
    let address = browser.wait_for_address("the page's address", |address| address.starts_with(&stack.page)).await;
    let (_, fragment) = address.split_once('#').unwrap();
    let parameters: Vec<_> = fragment.split('&').filter_map(|parameter| parameter.split_once('=')).collect();
    assert!(parameters.iter().any(|(name, value)| *name == "code" && !value.is_empty()), "{fragment}");
    assert!(parameters.contains(&("state", "s")), "{fragment}");
    // SEC-013: a fragment never reaches a server.
    assert!(stack.site.requests().iter().all(|line| !line.contains("code=")), "{:?}", stack.site.requests());

    // The session continues: a second request needs no interaction.
    browser.open(&authorize(&stack, "&prompt=none")).await;
    browser.wait_for_address("a second code", |address| address.contains("code=")).await;
}

#[tokio::test]
async fn refuses_a_silent_request_without_a_session() {
    let page = empty_page();
    let stack = Stack::serving_folder(page.path(), Setup::default()).await;
    let browser = Browser::start().await;
    browser.open(&authorize(&stack, "&prompt=none")).await;
    browser.wait_for_address("a refusal", |address| address.contains("error=login_required")).await;
}

#[tokio::test]
async fn refuses_an_unregistered_redirect_uri_without_a_redirect() {
    let stack = Stack::serving_folder(empty_page().path(), Setup::default()).await;
    let browser = Browser::start().await;
    browser.open(&authorize(&stack, "").replace("redirect_uri=http", "redirect_uri=https")).await;
    browser.wait_for_text("AADSTS50011").await;
    assert!(browser.address().await.starts_with(&stack.entra));
}
