//! What the page does before its interface is here: the first requests of the vault, and the button of `index.html`.

use cross_tests::{Browser, Host, Setup, Stack};
use serde_json::json;

use crate::{
    sign_in::{SIGNED_IN, sign_in_as},
    tampered::page_with,
};

const BUTTON: &str = "#boot-sign-in:not([hidden]) #boot-button";

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

#[tokio::test]
async fn a_click_leaves_for_entra_without_the_wasm_of_the_page() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    stack.site.hold(&stack.site.path_of("acs-sign-in_bg.wasm"));
    browser.open(&stack.page).await;
    browser.wait_for(BUTTON).await.click().await.unwrap();
    browser.wait_for_address("Entra", |address| address.starts_with(&stack.entra)).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    // The exchange, too, needs nothing of the page's wasm.
    browser
        .until("the exchange", async || stack.service_requests().contains(&"POST /exchange".to_owned()).then_some(()))
        .await;
}

/// Focuses the button of `index.html` once it is shown. When the interface has replaced it, keeps where both were, and
/// whether the focus moved along.
const TAKEOVER: &str = "{
    let early;
    const place = (button) => { const { x, y, width, height } = button.getBoundingClientRect(); return [x, y, width, height]; };
    const look = () => {
        const button = document.querySelector('#boot-sign-in:not([hidden]) #boot-button');
        if (button && !early) { button.focus(); early = place(button); }
        const late = document.querySelector('section:not(#boot-card) .primary');
        if (!button && early && late && !document.getElementById('boot-card')) {
            const outcome = [early, place(late), late.textContent, document.activeElement === late];
            document.documentElement.dataset.takeover = JSON.stringify(outcome);
        } else requestAnimationFrame(look);
    };
    look();
}";

#[tokio::test]
async fn the_interface_replaces_the_button_in_its_place_and_keeps_the_focus() {
    let page = page_with(TAKEOVER, &["boot.js"]);
    let (stack, browser) = (Stack::serving(page.path(), Host::Proper, Setup::default()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for("[data-takeover]").await;
    let outcome = browser.script("return JSON.parse(document.documentElement.dataset.takeover)").await;
    assert_eq!(outcome[0], outcome[1], "the place of the button");
    assert_eq!((&outcome[2], &outcome[3]), (&json!(crate::sign_in::SIGN_IN), &json!(true)));
}
