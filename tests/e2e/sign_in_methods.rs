//! Every sign-in method that a configuration can offer, and what an administrator finds.

use azure_emulator::FABRIKAM;
use cross_tests::{Browser, Host, Replacement, Setup, Stack};
use serde_json::json;

use crate::{
    clocks,
    sign_in::{SIGNED_IN, lying_around, sign_in_as, sign_out},
};

const ALICE: &str = "Sign in as alice@fabrikam.example";

fn all_profiles() -> Setup {
    Setup { all_profiles: true, ..Setup::multitenant().assigning("alice@fabrikam.example") }
}

#[tokio::test]
async fn the_person_picks_one_of_several_ways_in() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for("button").await;
    browser.screenshot("sign-in-methods").await;
    for method in ["Teams account", "Work account, without Teams", "Work account, by ACS itself"] {
        browser.open(&stack.page).await;
        browser.click(method).await;
        browser.click(ALICE).await;
        browser.wait_for_text(SIGNED_IN).await;
        browser.wait_for_text("Alice Arden").await;
        if method != "Teams account" {
            // The id that others call; of Teams users ACS does not tell it.
            browser.click("For developers").await;
            browser.wait_for_text("8:acs:").await;
        }
        sign_out(&browser).await;
    }
}

#[tokio::test]
async fn without_an_assignment_it_is_said_who_gives_one() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Teams telephone").await;
    browser.click(ALICE).await;
    browser.wait_for_text("Nobody has given you access to this communication resource.").await;
    browser.screenshot("assignment-missing").await;
}

#[tokio::test]
async fn whoever_has_the_assignment_signs_in_for_teams_phone_extensibility() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    assign_telephone(&stack).await;
    browser.open(&stack.page).await;
    browser.click("Teams telephone").await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text("Alice Arden").await;
}

/// Assigns Alice to the ACS resource for Teams Phone extensibility, as its operator would, by the managed identity.
async fn assign_telephone(stack: &Stack) {
    let http = reqwest::Client::new();
    let resource = "resource=https://communication.azure.com/";
    let ask = http.get(format!("{}/msi/token?api-version=2019-08-01&{resource}", stack.entra));
    let answer = ask.header("x-identity-header", "azure-emulator").send().await.unwrap().text().await.unwrap();
    let identity: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let (tenant, alice) = (FABRIKAM.id, azure_emulator::account("alice@fabrikam.example").unwrap().home.id);
    let assignment = format!("access/teamsExtension/tenants/{tenant}/assignments/{alice}?api-version=2025-06-30");
    let put = http
        .put(format!("{}/{assignment}", stack.acs))
        .bearer_auth(identity["access_token"].as_str().unwrap())
        .header("content-type", "application/json")
        .body(json!({ "principalType": "user", "clientIds": [cross_tests::CONTOSO_PAGE] }).to_string());
    let answer = put.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

#[tokio::test]
async fn a_guest_is_labelled_as_nobody() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Guest (development)").await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text("Nobody signed in: this identity is for development.").await;
    browser.screenshot("guest").await;
    assert!(stack.emulator.token_requests().is_empty());
}

/// REP-27: a page for guests alone does not ask for a work account.
#[tokio::test]
async fn a_page_with_only_a_guest_profile_does_not_speak_of_a_work_account() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let exchange = json!({ "contract": "guest", "url": format!("{}/exchange/guest", stack.service) });
    let profile = json!({ "name": "guest", "label": "Guest", "exchange": exchange });
    let config = json!({ "redirectUri": stack.page, "profiles": [profile] }).to_string();
    let json = Replacement { status: 200, content_type: "application/json", body: config.into() };
    stack.site.replace("/config.json", json);
    browser.open(&stack.page).await;
    browser.wait_for_text("You don't need an account").await;
    assert!(!browser.text().await.contains("work account"));
    browser.screenshot("only-guests").await;
    browser.click("Continue as a guest").await;
    browser.wait_for_text(SIGNED_IN).await;
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
async fn an_administrator_need_not_be_refused_first_and_may_grant_all_that_the_application_lists() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("For administrators").await;
    browser.click("Grant all that the application lists").await;
    let of_all = |address: &str| address.contains("/adminconsent?") && !address.contains("/v2.0/");
    browser.wait_for_address("Entra's older consent page", of_all).await;
    browser.click("Accept as erin@fabrikam.example").await;
    browser.wait_for_text("Consent was granted.").await;
}

#[tokio::test]
async fn a_page_that_nobody_uses_and_one_that_is_used_for_too_long_end_the_sign_in() {
    // SEC-025
    for (limit, said) in [
        ("idleLimitMinutes", "nobody used this page for a while"),
        ("absoluteLimitMinutes", "lets a sign-in last only so long"),
    ] {
        let (page, setup) =
            (clocks::page(), Setup { more: json!({ limit: 30, "comeBack": "hint" }), ..Setup::default() });
        let stack = Stack::serving(page.path(), Host::Proper, setup).await;
        let browser = Browser::start().await;
        sign_in_as("alice@fabrikam.example", &stack, &browser).await;
        browser.wait_for_text(SIGNED_IN).await;
        clocks::put_forward(&browser, 30 * 60).await;
        browser.wait_for_text(said).await;
        assert!(!lying_around(&browser).await.to_lowercase().contains("alice"));
    }
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
    // SEC-026
    let setup = Setup { more: json!({ "comeBack": "hint" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    let kept = browser.script("return JSON.stringify({...sessionStorage, ...localStorage})").await;
    let kept = kept.as_str().unwrap();
    assert!(kept.contains("alice@fabrikam.example"), "{kept}");
    assert!(!kept.contains("eyJ"), "{kept}");
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    // Entra knows the account, so it asks nothing.
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    let left = browser.script("return [...Object.keys(sessionStorage), ...Object.keys(localStorage)]").await;
    assert_eq!(left, json!(["acs-sign-in.spent"]), "the used states, which say nothing of the person");
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
    // Entra's session is gone: one silent try, then the signed-out screen.
    stack.emulator.reset();
    browser.open(&stack.page).await;
    browser.wait_for("button").await;
    browser.wait_for_text("Sign in to make calls").await;
    let tries = stack.emulator.token_requests().len();
    assert_eq!(tries, 0);
}

#[tokio::test]
async fn another_tab_hears_of_the_sign_out() {
    // SEC-024, SEC-036
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    let first = browser.window().await;
    let second = browser.new_tab().await;
    browser.enter_window(&second).await;
    browser.open(&stack.page).await;
    browser.click("Sign in with your work account").await;
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    browser.enter_window(&first).await;
    browser.wait_for_text("You signed out in another tab, so you are signed out here, too.").await;
}
