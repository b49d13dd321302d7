//! The first requests of the vault.

use cross_tests::{Browser, Setup, Stack};
use serde_json::json;

use crate::sign_in::{SIGNED_IN, sign_in_as};

#[tokio::test]
async fn configuration_authority_and_exchange_service_are_requested_before_the_wasm_is_here() {
    // SEC-143
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let wasm = stack.site.path_of("vault_bg.wasm");
    stack.site.hold(&wasm);
    browser.open(&stack.page).await;
    let requested = |line: &str| stack.site.requests().iter().any(|request| request == line);
    browser.until("config.json", async || requested("GET /config.json").then_some(())).await;
    // Before a person has been at the authority, no other server is contacted.
    assert_eq!(stack.service_requests(), Vec::<String>::new());

    let fragment = "#code=c&state=s";
    browser.script("sessionStorage.setItem('acs-sign-in.transaction', '{\"signIn\":{\"state\":\"s\"}}')").await;
    browser.script(&format!("location.hash = '{fragment}'; location.reload()")).await;
    browser
        .until("the exchange service", async || {
            stack.service_requests().contains(&"GET /exchange".to_owned()).then_some(())
        })
        .await;
    assert_eq!(stack.emulator.token_requests().len(), 0);
}

#[tokio::test]
async fn the_warm_up_takes_the_place_of_the_preflight_of_the_exchange() {
    // SEC-143
    for sign_in_by in ["redirect", "window"] {
        let more = json!({ "signInBy": sign_in_by });
        let (stack, browser) = (Stack::start_with(Setup { more, ..Setup::default() }).await, Browser::start().await);
        if sign_in_by == "redirect" {
            sign_in_as("alice@fabrikam.example", &stack, &browser).await;
        } else {
            browser.open(&stack.page).await;
            browser.click(crate::sign_in::SIGN_IN).await;
            let page = browser.enter_other_window().await;
            browser.click("Sign in as alice@fabrikam.example").await;
            browser.enter_window(&page).await;
        }
        browser.wait_for_text(SIGNED_IN).await;
        assert_eq!(stack.service_requests(), ["OPTIONS /exchange", "GET /exchange", "POST /exchange"], "{sign_in_by}");
    }
}
