//! The faults with a number of Microsoft's published errors (REP-07).

use axum::http::StatusCode;
use azure_emulator::{AuthorizationError, Faults, PUBLISHED_ERRORS, TokenError};
use serde_json::json;

use crate::browser::{Browser, redemption, renewal, request};

const ALICE: &str = "alice@fabrikam.example";

#[tokio::test]
async fn the_authorization_endpoint_returns_each_of_its_errors() {
    let mut browser = Browser::new();
    // The silent requests need a session.
    browser.code_for(ALICE, "organizations").await;
    let mut returned = 0;
    for error in &PUBLISHED_ERRORS {
        let (fault, Some(oauth)) = (AuthorizationError::of(error.number), error.authorization) else { continue };
        returned += 1;
        browser.emulator.set_faults(Faults { authorization_error: fault, ..Faults::NONE });
        browser.pick(ALICE, "organizations", &request()).await.assert_returned(error.number, oauth);
        let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
        silent.assert_returned(error.number, oauth);
    }
    assert_eq!(returned, 45);
}

#[tokio::test]
async fn the_token_endpoint_returns_each_of_its_errors_for_codes_and_refresh_tokens() {
    let mut browser = Browser::new();
    let code = browser.code_for(ALICE, "organizations").await;
    let kept = browser.tokens_for(ALICE, "organizations").await["refresh_token"].clone();
    let mut returned = 0;
    for error in &PUBLISHED_ERRORS {
        let (fault, Some(oauth)) = (TokenError::of(error.number), error.token) else { continue };
        returned += 1;
        browser.emulator.set_faults(Faults { token_error: fault, ..Faults::NONE });
        for form in [&code, &renewal(&kept)] {
            let response = browser.token("organizations", form).await;
            let status = match (error.number, oauth) {
                (90055, _) => StatusCode::TOO_MANY_REQUESTS,
                (_, "server_error" | "temporarily_unavailable") => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_REQUEST,
            };
            assert_eq!((response.status, response.json()["error"].as_str()), (status, Some(oauth)), "{}", error.number);
            assert_eq!(response.json()["error_codes"], json!([error.number]));
            assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        }
    }
    assert_eq!(returned, 64);
    // A refused code stays valid.
    browser.emulator.set_faults(Faults::NONE);
    assert_eq!(browser.token("organizations", &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_with_an_unknown_code_gets_no_published_error() {
    let mut browser = Browser::new();
    browser.emulator.set_faults(Faults { token_error: TokenError::of(50057), ..Faults::NONE });
    browser.token("organizations", &redemption("unknown")).await.assert_refused(70000, "invalid_grant");
}
