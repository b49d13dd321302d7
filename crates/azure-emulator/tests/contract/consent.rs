use azure_emulator::FABRIKAM;

use crate::browser::{ACS_SCOPES, API_SCOPE, Browser, redemption, request};

const ALICE: &str = "alice@fabrikam.example";
const DAVE: &str = "dave@fabrikam.example";
const ERIN: &str = "erin@fabrikam.example";
const ACCEPT: (&str, &str) = ("decision", "accept");
const CANCEL: (&str, &str) = ("decision", "cancel");
const FOR_ALL: (&str, &str) = ("organization", "on");

#[tokio::test]
async fn who_has_not_consented_is_asked_once() {
    let mut browser = Browser::new();
    let page = browser.pick(DAVE, "organizations", &request()).await;
    assert!(page.body.contains(">Accept</button>") && page.body.contains(">Cancel</button>"));
    for scope in ACS_SCOPES.split(' ').chain([API_SCOPE]) {
        assert!(page.body.contains(scope));
    }
    assert!(!page.body.contains("Consent on behalf of your organization"));

    assert!(browser.decide(&[ACCEPT], "organizations", &request()).await.returned("code").is_some());
    assert!(browser.authorize("organizations", &request().with("prompt", "none")).await.returned("code").is_some());
}

#[tokio::test]
async fn who_cancels_has_denied_access() {
    let mut browser = Browser::new();
    browser.pick(DAVE, "organizations", &request()).await;
    browser.decide(&[CANCEL], "organizations", &request()).await.assert_returned(65004, "access_denied");
    let silent = request().with("prompt", "none");
    browser.authorize("organizations", &silent).await.assert_returned(65001, "consent_required");
}

#[tokio::test]
async fn an_administrator_consents_for_everyone() {
    let mut browser = Browser::new();
    let page = browser.pick(ERIN, FABRIKAM.id, &request()).await;
    assert!(page.body.contains("Consent on behalf of your organization"));
    browser.decide(&[ACCEPT, FOR_ALL], FABRIKAM.id, &request()).await;

    let mut dave = Browser::of(browser.emulator);
    assert!(dave.pick(DAVE, "organizations", &request()).await.returned("code").is_some());
}

#[tokio::test]
async fn an_administrators_own_consent_is_nobody_elses() {
    let mut browser = Browser::new();
    browser.pick(ERIN, "organizations", &request()).await;
    assert!(browser.decide(&[ACCEPT], "organizations", &request()).await.returned("code").is_some());
    assert!(browser.pick(DAVE, "organizations", &request()).await.body.contains("Permissions requested"));
}

#[tokio::test]
async fn nobody_but_an_administrator_consents_for_everyone() {
    let mut browser = Browser::new();
    browser.pick(DAVE, "organizations", &request()).await;
    browser.decide(&[ACCEPT, FOR_ALL], "organizations", &request()).await;
    assert!(browser.pick(ERIN, "organizations", &request()).await.body.contains("Permissions requested"));
}

#[tokio::test]
async fn a_client_may_ask_for_consent_that_was_given() {
    let mut browser = Browser::new();
    let request = request().with("prompt", "consent");
    assert!(browser.pick(ALICE, "organizations", &request).await.body.contains("Permissions requested"));
    assert!(browser.decide(&[ACCEPT], "organizations", &request).await.returned("code").is_some());
}

#[tokio::test]
async fn without_a_session_there_is_nobody_to_consent() {
    let answer = Browser::new().decide(&[ACCEPT], "organizations", &request()).await;
    assert!(answer.body.contains("Pick an account"));
}

#[tokio::test]
async fn consent_to_one_resource_is_none_to_another() {
    let mut browser = Browser::new();
    let acs_only = request().with("scope", &format!("openid {ACS_SCOPES}"));
    browser.pick(DAVE, "organizations", &acs_only).await;
    let answer = browser.decide(&[ACCEPT], "organizations", &acs_only).await;
    let redemption = redemption(&answer.returned("code").unwrap()).with("scope", API_SCOPE);
    let refused = browser.token("organizations", &redemption).await;
    refused.assert_refused(65001, "invalid_grant");
    assert_eq!(refused.json()["suberror"], "consent_required");
}
