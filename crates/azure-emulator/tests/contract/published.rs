//! Errors of Microsoft's published list, by their number (REP-07).

use axum::http::StatusCode;
use azure_emulator::{AuthorizationError, PUBLISHED_ERRORS, Tampering, TokenError};
use serde_json::json;

use crate::browser::{Browser, redemption, renewal, request};

const ALICE: &str = "alice@fabrikam.example";

#[tokio::test]
async fn each_error_comes_back_from_the_authorization_endpoint_with_the_state() {
    let mut browser = Browser::new();
    // A session, for the silent request.
    browser.code_for(ALICE, "organizations").await;
    for error in &PUBLISHED_ERRORS {
        let (Some(oauth), Some(asked)) = (error.authorization, AuthorizationError::of(error.number)) else { continue };
        browser.emulator.tamper(Tampering { authorization_error: Some(asked), ..Tampering::NONE });
        browser.pick(ALICE, "organizations", &request()).await.assert_returned(error.number, oauth);
        let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
        silent.assert_returned(error.number, oauth);
    }
}

#[tokio::test]
async fn each_error_comes_back_from_the_token_endpoint_for_codes_and_refresh_tokens() {
    let mut browser = Browser::new();
    let code = browser.code_for(ALICE, "organizations").await;
    let kept = browser.tokens_for(ALICE, "organizations").await["refresh_token"].clone();
    for error in &PUBLISHED_ERRORS {
        let (Some(oauth), Some(asked)) = (error.token, TokenError::of(error.number)) else { continue };
        browser.emulator.tamper(Tampering { token_error: Some(asked), ..Tampering::NONE });
        for form in [&code, &renewal(&kept)] {
            let answer = browser.token("organizations", form).await;
            let status = match (error.number, oauth) {
                (90055, _) => StatusCode::TOO_MANY_REQUESTS,
                (_, "server_error" | "temporarily_unavailable") => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_REQUEST,
            };
            assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(oauth)), "{}", error.number);
            assert_eq!(answer.json()["error_codes"], json!([error.number]));
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        }
    }
    // The code was not spent by it.
    browser.emulator.tamper(Tampering::NONE);
    assert_eq!(browser.token("organizations", &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_is_about_nobody_meets_no_error_of_this_list() {
    let mut browser = Browser::new();
    browser.emulator.tamper(Tampering { token_error: TokenError::of(50057), ..Tampering::NONE });
    browser.token("organizations", &redemption("unknown")).await.assert_refused(70000, "invalid_grant");
}
