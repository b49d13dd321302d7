//! Every way in that a configuration can offer, and what an administrator finds.

use cross_tests::{Browser, Setup, Stack};
use serde_json::json;

use crate::sign_in::{SIGNED_IN, sign_out};

const ALICE: &str = "Sign in as alice@fabrikam.example";

fn every_door() -> Setup {
    Setup { every_door: true, ..Setup::multitenant().assigning("alice@fabrikam.example") }
}

#[tokio::test]
async fn the_person_picks_one_of_several_ways_in() {
    let (stack, browser) = (Stack::start_with(every_door()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for("button").await;
    browser.screenshot("doors").await;
    for door in ["Teams account", "Work account, without Teams", "Work account, by ACS itself"] {
        browser.open(&stack.page).await;
        browser.click(door).await;
        browser.click(ALICE).await;
        browser.wait_for_text(SIGNED_IN).await;
        browser.wait_for_text("Alice Arden").await;
        if door != "Teams account" {
            // The id that others call; of Teams users ACS does not tell it.
            browser.click("For developers").await;
            browser.wait_for_text("8:acs:").await;
        }
        sign_out(&browser).await;
    }
}

#[tokio::test]
async fn without_an_assignment_it_is_said_who_gives_one() {
    let (stack, browser) = (Stack::start_with(every_door()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Teams telephone").await;
    browser.click(ALICE).await;
    browser.wait_for_text("Nobody has given you access to this communication resource.").await;
    browser.screenshot("assignment-missing").await;
}

#[tokio::test]
async fn a_guest_is_labelled_as_nobody() {
    let (stack, browser) = (Stack::start_with(every_door()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Guest (development)").await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text("Nobody signed in: this identity is for development.").await;
    browser.screenshot("guest").await;
    assert!(stack.emulator.token_requests().is_empty());
}

#[tokio::test]
async fn an_administrator_finds_what_is_asked_for_grants_it_and_comes_back() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.click("Sign in as dave@fabrikam.example").await;
    browser.click("Cancel").await;
    browser.wait_for_text("The sign-in was cancelled").await;
    browser.click("For administrators").await;
    browser.wait_for_text("Teams.ManageCalls").await;
    browser.wait_for_text("New-MgServicePrincipal").await;
    browser.screenshot("administrator").await;
    browser.click("Grant these permissions").await;
    browser.wait_for_address("Entra's consent page", |address| address.contains("/v2.0/adminconsent?")).await;
    browser.screenshot("administrator-at-entra").await;
    browser.click("Accept as erin@fabrikam.example").await;
    browser.wait_for_text("Consent was granted.").await;
    browser.screenshot("consent-granted").await;
    assert_eq!(browser.address().await, stack.page, "nothing of the answer stays in the address");
}

#[tokio::test]
async fn an_answer_of_a_consent_page_that_nobody_here_asked_for_proves_nothing() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let unasked = "?admin_consent=True&tenant=c0700000-0000-4000-8000-000000000002&state=guess";
    browser.open(&format!("{}{unasked}", stack.page)).await;
    browser.wait_for_text("You came back from a page for administrators.").await;
    assert_eq!(browser.address().await, stack.page);
    browser.open(&format!("{}?error=permission_denied&error_description=call+0900", stack.page)).await;
    browser.wait_for_text("A sign-in came back that was not started in this tab").await;
    assert!(!browser.text().await.contains("0900"));
}

#[tokio::test]
async fn after_a_reload_one_click_is_enough_and_no_token_was_kept() {
    // security 26
    let setup = Setup { more: json!({ "comeBack": "hint" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    let kept = browser.script("return JSON.stringify({...sessionStorage, ...localStorage})").await;
    assert!(kept.as_str().unwrap().contains("alice@fabrikam.example") && !kept.as_str().unwrap().contains("eyJ"));
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    // Entra knows the account, so it asks nothing.
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    assert_eq!(browser.script("return sessionStorage.length + localStorage.length").await, 0);
}

#[tokio::test]
async fn where_the_configuration_says_so_a_reload_costs_no_click_and_never_a_loop() {
    let setup = Setup { more: json!({ "comeBack": "at-once" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGNED_IN).await;
    // Entra's session is gone: one silent try, then the door.
    stack.emulator.reset();
    browser.open(&stack.page).await;
    browser.wait_for("button").await;
    browser.wait_for_text("Sign in to make calls").await;
    let tries = stack.emulator.token_requests().len();
    assert_eq!(tries, 0);
}

#[tokio::test]
async fn another_tab_hears_of_the_sign_out() {
    // security 24, 36
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    let first = browser.window().await;
    let second = browser.driver.new_tab().await.unwrap();
    browser.enter_window(&second).await;
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    browser.enter_window(&first).await;
    browser.wait_for_text("You signed out in another tab, so you are signed out here, too.").await;
}
