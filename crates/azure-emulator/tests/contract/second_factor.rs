use axum::http::StatusCode;

use crate::browser::{Browser, Form, Response, claims, redemption, renewal, request};

const JUDY: &str = "judy@fabrikam.example";

async fn decide(browser: &mut Browser, decision: &'static str) -> Response {
    let path = format!("/organizations/second-factor?{}", request().encode());
    browser.post(&path, &Form::new(&[("decision", decision)])).await
}

#[tokio::test]
async fn asks_for_a_second_factor_once_in_a_session_and_adds_mfa_to_amr() {
    let mut browser = Browser::new();
    let page = browser.pick(JUDY, "organizations", &request()).await;
    assert_eq!((page.status, page.header("location")), (StatusCode::OK, None));
    page.assert_shows("Approve sign-in");
    let code = decide(&mut browser, "approve").await.returned("code").unwrap();
    let tokens = browser.token("organizations", &redemption(&code)).await.json();
    assert_eq!(claims(&tokens["access_token"])["amr"], serde_json::json!(["pwd", "mfa"]));
    let renewed = browser.token("organizations", &renewal(&tokens["refresh_token"])).await.json();
    assert_eq!(claims(&renewed["access_token"])["amr"], serde_json::json!(["pwd", "mfa"]));

    let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
    assert!(silent.returned("code").is_some());
    browser.pick(JUDY, "organizations", &request()).await;
    let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
    silent.assert_returned(50076, "interaction_required");
}

#[tokio::test]
async fn issues_no_code_without_the_second_factor() {
    let mut browser = Browser::new();
    browser.pick(JUDY, "organizations", &request()).await;
    for decision in ["deny", ""] {
        decide(&mut browser, decision).await.assert_page(500_121);
    }
    let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
    silent.assert_returned(50076, "interaction_required");
    browser.authorize("organizations", &request()).await.assert_shows("Approve sign-in");
}

#[tokio::test]
async fn an_approval_without_a_session_shows_the_sign_in_page() {
    let response = decide(&mut Browser::new(), "approve").await;
    assert_eq!((response.status, response.header("location")), (StatusCode::OK, None));
    response.assert_shows("Pick an account");
}

#[tokio::test]
async fn other_accounts_need_no_second_factor() {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for("alice@fabrikam.example", "organizations").await;
    assert_eq!(claims(&tokens["access_token"])["amr"], serde_json::json!(["pwd"]));
}
