//! The sign-in methods that a configuration can offer, limits of a sign-in, hints, and the section for administrators.

use azure_emulator::FABRIKAM;
use cross_tests::{Browser, Host, Replacement, Setup, Stack, texts};
use messages::ProblemCode;
use serde_json::json;

use crate::{
    clocks,
    sign_in::{SIGNED_IN, readable_by_scripts, sign_in_as, sign_out},
};

const ALICE: &str = "Sign in as alice@fabrikam.example";

fn all_profiles() -> Setup {
    Setup { all_profiles: true, ..Setup::multitenant().assigning("alice@fabrikam.example") }
}

#[tokio::test]
async fn signs_in_with_each_of_several_profiles() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for("section:not(#boot-card) button").await;
    browser.screenshot("sign-in-methods").await;
    for method in ["Teams account", "Work account, without Teams", "Work account, by ACS itself"] {
        browser.open(&stack.page).await;
        browser.click(method).await;
        browser.click(ALICE).await;
        browser.wait_for_text(SIGNED_IN).await;
        browser.wait_for_text("Alice Arden").await;
        if method != "Teams account" {
            // The id for calls to this person. ACS does not return it for Teams users.
            browser.click(texts::text("developers.title")).await;
            browser.wait_for_text("8:acs:").await;
        }
        sign_out(&browser).await;
    }
}

#[tokio::test]
async fn reports_a_missing_assignment() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Teams telephone").await;
    browser.click(ALICE).await;
    browser.wait_for_text(texts::title(ProblemCode::AssignmentMissing.code())).await;
    browser.screenshot("assignment-missing").await;
}

#[tokio::test]
async fn signs_in_for_teams_phone_extensibility_with_an_assignment() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    assign_telephone(&stack).await;
    browser.open(&stack.page).await;
    browser.click("Teams telephone").await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text("Alice Arden").await;
}

/// Assigns Alice to the ACS resource for Teams Phone extensibility with a managed identity, as the operator does.
async fn assign_telephone(stack: &Stack) {
    let http = reqwest::Client::new();
    let resource = "resource=https://communication.azure.com/";
    let request = http.get(format!("{}/msi/token?api-version=2019-08-01&{resource}", stack.entra));
    let response = request.header("x-identity-header", "azure-emulator").send().await.unwrap().text().await.unwrap();
    let identity: serde_json::Value = serde_json::from_str(&response).unwrap();
    let (tenant, alice) = (FABRIKAM.id, azure_emulator::account("alice@fabrikam.example").unwrap().home.id);
    let assignment = format!("access/teamsExtension/tenants/{tenant}/assignments/{alice}?api-version=2025-06-30");
    let put = http
        .put(format!("{}/{assignment}", stack.acs))
        .bearer_auth(identity["access_token"].as_str().unwrap())
        .header("content-type", "application/json")
        .body(json!({ "principalType": "user", "clientIds": [cross_tests::CONTOSO_PAGE] }).to_string());
    let response = put.send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
}

#[tokio::test]
async fn labels_a_guest_as_a_development_identity() {
    let (stack, browser) = (Stack::start_with(all_profiles()).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click("Guest (development)").await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text(texts::text("signedIn.guestNote")).await;
    browser.screenshot("guest").await;
    assert!(stack.emulator.token_requests().is_empty());
}

/// REP-27: a page with only guest profiles does not mention a work account.
#[tokio::test]
async fn a_page_with_only_a_guest_profile_does_not_mention_a_work_account() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let exchange = json!({ "contract": "guest", "url": format!("{}/exchange/guest", stack.service) });
    let profile = json!({ "name": "guest", "label": "Guest", "exchange": exchange });
    let config = json!({ "redirectUri": stack.page, "profiles": [profile] }).to_string();
    let json = Replacement { status: 200, content_type: "application/json", body: config.into() };
    stack.site.replace("/config.json", json);
    browser.open(&stack.page).await;
    browser.wait_for_text(texts::text("signedOut.leadGuest")).await;
    assert!(!browser.text().await.contains(texts::text("signedOut.lead")));
    browser.screenshot("only-guests").await;
    browser.click(texts::text("signedOut.continueAsGuest")).await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn an_administrator_sees_and_grants_the_requested_permissions() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    browser.click("Sign in as dave@fabrikam.example").await;
    browser.click(texts::text("cancel")).await;
    browser.wait_for_text(texts::title("sign_in_declined")).await;
    browser.click(texts::text("administrator.title")).await;
    browser.wait_for_text("Teams.ManageCalls").await;
    browser.wait_for_text("New-MgServicePrincipal").await;
    browser.screenshot("administrator").await;
    browser.click(texts::text("administrator.grantThese")).await;
    browser.wait_for_address("Entra's consent page", |address| address.contains("/v2.0/adminconsent?")).await;
    browser.screenshot("administrator-at-entra").await;
    browser.click("Accept as erin@fabrikam.example").await;
    browser.wait_for_text(texts::text("notice.consentGranted")).await;
    browser.screenshot("consent-granted").await;
    assert_eq!(browser.address().await, stack.page, "the response is removed from the address");
}

#[tokio::test]
async fn an_administrator_can_grant_all_permissions_without_a_refusal_first() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(texts::text("administrator.title")).await;
    browser.click(texts::text("administrator.grantRegistered")).await;
    let of_all = |address: &str| address.contains("/adminconsent?") && !address.contains("/v2.0/");
    browser.wait_for_address("Entra's older consent page", of_all).await;
    browser.click("Accept as erin@fabrikam.example").await;
    browser.wait_for_text(texts::text("notice.consentGranted")).await;
}

#[tokio::test]
async fn idle_limit_and_absolute_limit_end_the_sign_in() {
    // SEC-025
    for (limit, said) in [
        ("idleLimitMinutes", texts::title(ProblemCode::IdleTooLong.code())),
        ("absoluteLimitMinutes", texts::title(ProblemCode::SignInTooLong.code())),
    ] {
        let (page, setup) =
            (clocks::page(), Setup { more: json!({ limit: 30, "comeBack": "hint" }), ..Setup::default() });
        let stack = Stack::serving(page.path(), Host::Proper, setup).await;
        let browser = Browser::start().await;
        sign_in_as("alice@fabrikam.example", &stack, &browser).await;
        browser.wait_for_text(SIGNED_IN).await;
        clocks::put_forward(&browser, 30 * 60).await;
        browser.wait_for_text(said).await;
        assert!(!readable_by_scripts(&browser).await.to_lowercase().contains("alice"));
    }
}

#[tokio::test]
async fn does_not_believe_an_unsolicited_consent_response() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let unsolicited = "?admin_consent=True&tenant=c0700000-0000-4000-8000-000000000002&state=guess";
    browser.open(&format!("{}{unsolicited}", stack.page)).await;
    browser.wait_for_text(texts::text("notice.consentUnknown")).await;
    assert_eq!(browser.address().await, stack.page);
    browser.open(&format!("{}?error=permission_denied&error_description=call+0900", stack.page)).await;
    browser.wait_for_text(texts::title("response_unsolicited")).await;
    assert!(!browser.text().await.contains("0900"));
}

#[tokio::test]
async fn a_hint_needs_one_click_after_a_reload_and_keeps_no_token() {
    // SEC-026
    let setup = Setup { more: json!({ "comeBack": "hint" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    let kept = browser.script("return JSON.stringify({...sessionStorage, ...localStorage})").await;
    let kept = kept.as_str().unwrap();
    assert!(kept.contains("alice@fabrikam.example"), "{kept}");
    assert!(!kept.contains("eyJ"), "{kept}");
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    // Entra knows the account, so it shows no page.
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    let left = browser.script("return [...Object.keys(sessionStorage), ...Object.keys(localStorage)]").await;
    assert_eq!(left, json!(["acs-sign-in.spent"]), "used values of `state`, which identify no person");
}

#[tokio::test]
async fn signs_in_silently_after_a_reload_once_where_configured() {
    let setup = Setup { more: json!({ "comeBack": "at-once" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGNED_IN).await;
    // The session at Entra is gone: after one silent request, the page shows the signed-out screen.
    stack.emulator.reset();
    browser.open(&stack.page).await;
    browser.wait_for("section:not(#boot-card) button").await;
    browser.wait_for_text(texts::text("signedOut.title")).await;
    let tries = stack.emulator.token_requests().len();
    assert_eq!(tries, 0);
}

#[tokio::test]
async fn a_sign_out_reaches_other_tabs() {
    // SEC-024, SEC-036
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    browser.click(ALICE).await;
    browser.wait_for_text(SIGNED_IN).await;
    let first = browser.window().await;
    let second = browser.new_tab().await;
    browser.enter_window(&second).await;
    browser.open(&stack.page).await;
    browser.click(texts::text("signedOut.signIn")).await;
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    browser.enter_window(&first).await;
    browser.wait_for_text(texts::text("notice.signedOutElsewhere")).await;
}
