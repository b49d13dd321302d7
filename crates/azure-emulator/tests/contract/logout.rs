use axum::http::StatusCode;
use azure_emulator::{EndSessionFault, Faults};

use crate::browser::{Browser, Form, claims, request};

const LOGOUT: &str = "/organizations/oauth2/v2.0/logout";

async fn signed_in() -> Browser {
    let mut browser = Browser::new();
    browser.pick("alice@fabrikam.example", "organizations", &request()).await;
    browser
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let mut browser = signed_in().await;
    let page = browser.get(LOGOUT).await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_shows("You signed out");
    let silent = request().with("prompt", "none");
    browser.authorize("organizations", &silent).await.assert_returned(50058, "login_required");
}

#[tokio::test]
async fn redirects_to_a_registered_address_with_the_state() {
    let form = Form::new(&[("post_logout_redirect_uri", "http://localhost:4000/"), ("state", "a b")]);
    let by_query = signed_in().await.get(&format!("{LOGOUT}?{}", form.encode())).await;
    let by_form = signed_in().await.post(LOGOUT, &form).await;
    for response in [by_query, by_form] {
        assert_eq!(response.header("location"), Some("http://localhost:4000/?state=a+b"));
    }
}

#[tokio::test]
async fn rep_12_signs_out_the_hinted_account_without_a_page() {
    let asks = Faults { end_session: Some(EndSessionFault::AsksWhichAccount), ..Faults::NONE };
    for (hint, asked) in [(None, true), (Some("alice@fabrikam.example"), true), (Some("own"), false)] {
        let mut browser = signed_in().await;
        browser.emulator.set_faults(asks);
        let own =
            claims(&browser.tokens_for("alice@fabrikam.example", "organizations").await["id_token"])["login_hint"]
                .as_str()
                .unwrap()
                .to_owned();
        let mut form = Form::new(&[("post_logout_redirect_uri", "http://localhost:4000/"), ("state", "a")]);
        if let Some(hint) = hint {
            form = form.with("logout_hint", if hint == "own" { &own } else { hint });
        }
        let response = browser.get(&format!("{LOGOUT}?{}", form.encode())).await;
        assert_eq!(response.body.contains("Which account do you want to sign out of?"), asked, "{hint:?}");
        assert_eq!(response.header("location").is_none(), asked, "{hint:?}");
    }
}

#[tokio::test]
async fn does_not_redirect_to_an_unregistered_address() {
    let form = Form::new(&[("post_logout_redirect_uri", "http://evil.example/")]);
    let response = signed_in().await.get(&format!("{LOGOUT}?{}", form.encode())).await;
    assert_eq!(response.header("location"), None);
    response.assert_shows("You signed out");
}
