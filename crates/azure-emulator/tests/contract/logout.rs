use axum::http::StatusCode;
use azure_emulator::{EndSessionFault, Tampering};

use crate::browser::{Browser, Form, claims, request};

const LOGOUT: &str = "/organizations/oauth2/v2.0/logout";

async fn signed_in() -> Browser {
    let mut browser = Browser::new();
    browser.pick("alice@fabrikam.example", "organizations", &request()).await;
    browser
}

#[tokio::test]
async fn after_signing_out_nobody_is_signed_in() {
    let mut browser = signed_in().await;
    let page = browser.get(LOGOUT).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("You signed out"));
    let silent = request().with("prompt", "none");
    browser.authorize("organizations", &silent).await.assert_returned(50058, "login_required");
}

#[tokio::test]
async fn a_registered_address_is_returned_to_with_its_state() {
    let form = Form::new(&[("post_logout_redirect_uri", "http://localhost:4000/"), ("state", "a b")]);
    let by_query = signed_in().await.get(&format!("{LOGOUT}?{}", form.encode())).await;
    let by_form = signed_in().await.post(LOGOUT, &form).await;
    for answer in [by_query, by_form] {
        assert_eq!(answer.header("location"), Some("http://localhost:4000/?state=a+b"));
    }
}

#[tokio::test]
async fn rep_12_an_account_that_the_hint_names_is_not_asked_about() {
    let asks = Tampering { end_session: Some(EndSessionFault::AsksWhichAccount), ..Tampering::NONE };
    for (hint, asked) in [(None, true), (Some("alice@fabrikam.example"), true), (Some("own"), false)] {
        let mut browser = signed_in().await;
        browser.emulator.tamper(asks);
        let own =
            claims(&browser.tokens_for("alice@fabrikam.example", "organizations").await["id_token"])["login_hint"]
                .as_str()
                .unwrap()
                .to_owned();
        let mut form = Form::new(&[("post_logout_redirect_uri", "http://localhost:4000/"), ("state", "a")]);
        if let Some(hint) = hint {
            form = form.with("logout_hint", if hint == "own" { &own } else { hint });
        }
        let answer = browser.get(&format!("{LOGOUT}?{}", form.encode())).await;
        assert_eq!(answer.body.contains("Which account do you want to sign out of?"), asked, "{hint:?}");
        assert_eq!(answer.header("location").is_none(), asked, "{hint:?}");
    }
}

#[tokio::test]
async fn any_other_address_is_not_followed() {
    let form = Form::new(&[("post_logout_redirect_uri", "http://evil.example/")]);
    let answer = signed_in().await.get(&format!("{LOGOUT}?{}", form.encode())).await;
    assert_eq!(answer.header("location"), None);
    assert!(answer.body.contains("You signed out"));
}
