use azure_emulator::FABRIKAM;

use crate::browser::{ACS_SCOPES, API_SCOPE, Browser, redemption, request};

const ALICE: &str = "alice@fabrikam.example";
const DAVE: &str = "dave@fabrikam.example";
const ERIN: &str = "erin@fabrikam.example";
const ACCEPT: (&str, &str) = ("decision", "accept");
const CANCEL: (&str, &str) = ("decision", "cancel");
const FOR_ALL: (&str, &str) = ("organization", "on");

#[tokio::test]
async fn asks_for_consent_once() {
    let mut browser = Browser::new();
    let page = browser.pick(DAVE, "organizations", &request()).await;
    for button in [">Accept</button>", ">Cancel</button>"] {
        assert!(page.body.contains(button), "{button}");
    }
    for scope in ACS_SCOPES.split(' ').chain([API_SCOPE]) {
        assert!(page.body.contains(&format!("<li><code>{scope}</code></li>")), "{scope}");
    }
    assert!(!page.body.contains("Consent on behalf of your organization"));

    assert!(browser.decide(&[ACCEPT], "organizations", &request()).await.returned("code").is_some());
    assert!(browser.authorize("organizations", &request().with("prompt", "none")).await.returned("code").is_some());
}

#[tokio::test]
async fn cancel_returns_access_denied_and_gives_no_consent() {
    let mut browser = Browser::new();
    browser.pick(DAVE, "organizations", &request()).await;
    browser.decide(&[CANCEL], "organizations", &request()).await.assert_returned(65004, "access_denied");
    let silent = request().with("prompt", "none");
    browser.authorize("organizations", &silent).await.assert_returned(65001, "consent_required");
}

#[tokio::test]
async fn an_administrator_can_consent_for_the_organization() {
    let mut browser = Browser::new();
    let page = browser.pick(ERIN, FABRIKAM.id, &request()).await;
    assert!(page.body.contains("Consent on behalf of your organization"));
    browser.decide(&[ACCEPT, FOR_ALL], FABRIKAM.id, &request()).await;

    let mut dave = Browser::of(browser.emulator);
    assert!(dave.pick(DAVE, "organizations", &request()).await.returned("code").is_some());
}

#[tokio::test]
async fn an_administrators_own_consent_is_valid_for_the_administrator_only() {
    let mut browser = Browser::new();
    browser.pick(ERIN, "organizations", &request()).await;
    assert!(browser.decide(&[ACCEPT], "organizations", &request()).await.returned("code").is_some());
    browser.pick(DAVE, "organizations", &request()).await.assert_shows("Permissions requested");
}

#[tokio::test]
async fn only_an_administrator_can_consent_for_the_organization() {
    let mut browser = Browser::new();
    browser.pick(DAVE, "organizations", &request()).await;
    browser.decide(&[ACCEPT, FOR_ALL], "organizations", &request()).await;
    browser.pick(ERIN, "organizations", &request()).await.assert_shows("Permissions requested");
}

#[tokio::test]
async fn prompt_consent_asks_again_for_given_consent() {
    let mut browser = Browser::new();
    let request = request().with("prompt", "consent");
    browser.pick(ALICE, "organizations", &request).await.assert_shows("Permissions requested");
    assert!(browser.decide(&[ACCEPT], "organizations", &request).await.returned("code").is_some());
}

#[tokio::test]
async fn consent_without_a_session_shows_the_sign_in_page() {
    let response = Browser::new().decide(&[ACCEPT], "organizations", &request()).await;
    response.assert_shows("Pick an account");
}

#[tokio::test]
async fn consent_to_one_resource_does_not_cover_another() {
    let mut browser = Browser::new();
    let acs_only = request().with("scope", &format!("openid {ACS_SCOPES}"));
    browser.pick(DAVE, "organizations", &acs_only).await;
    let response = browser.decide(&[ACCEPT], "organizations", &acs_only).await;
    let redemption = redemption(&response.returned("code").unwrap()).with("scope", API_SCOPE);
    let refused = browser.token("organizations", &redemption).await;
    refused.assert_refused(65001, "invalid_grant");
    assert_eq!(refused.json()["suberror"], "consent_required");
}
