use axum::http::StatusCode;

use crate::browser::{Answer, Browser, Form, claims, redemption, renewal, request};

const JUDY: &str = "judy@fabrikam.example";

async fn decide(browser: &mut Browser, decision: &'static str) -> Answer {
    let path = format!("/organizations/second-factor?{}", request().encode());
    browser.post(&path, &Form::new(&[("decision", decision)])).await
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once_a_session_and_shows_in_the_token() {
    let mut browser = Browser::new();
    let page = browser.pick(JUDY, "organizations", &request()).await;
    assert_eq!((page.status, page.header("location")), (StatusCode::OK, None));
    assert!(page.body.contains("Approve sign-in"));
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
async fn without_the_second_factor_there_is_no_code() {
    let mut browser = Browser::new();
    browser.pick(JUDY, "organizations", &request()).await;
    for decision in ["deny", ""] {
        decide(&mut browser, decision).await.assert_page(500_121);
    }
    let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
    silent.assert_returned(50076, "interaction_required");
    assert!(browser.authorize("organizations", &request()).await.body.contains("Approve sign-in"));
}

#[tokio::test]
async fn an_approval_without_a_session_signs_nobody_in() {
    let answer = decide(&mut Browser::new(), "approve").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::OK, None));
    assert!(answer.body.contains("Pick an account"));
}

#[tokio::test]
async fn nobody_else_is_asked_for_one() {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for("alice@fabrikam.example", "organizations").await;
    assert_eq!(claims(&tokens["access_token"])["amr"], serde_json::json!(["pwd"]));
}
