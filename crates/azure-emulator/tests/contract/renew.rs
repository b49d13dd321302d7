use axum::http::{Method, StatusCode};
use azure_emulator::CONTOSO;

use crate::browser::{API_SCOPE, Browser, FABRIKAM_SPA, claims, redemption, renewal, request};

const ALICE: &str = "alice@fabrikam.example";

#[tokio::test]
async fn a_refresh_token_works_for_several_resources_and_stays_valid() {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    let renewal = renewal(&tokens["refresh_token"]);
    for form in [renewal.clone(), renewal.with("scope", API_SCOPE), renewal.clone()] {
        assert_eq!(browser.token("organizations", &form).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_refreshed_id_token_has_the_same_subject_and_no_nonce() {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    let renewed = browser.token("organizations", &renewal(&tokens["refresh_token"])).await.json();
    let (first, second) = (claims(&tokens["id_token"]), claims(&renewed["id_token"]));
    for name in ["iss", "sub", "aud", "oid", "tid"] {
        assert_eq!(first[name], second[name], "{name}");
    }
    assert_eq!(second.get("nonce"), None);
}

// SEC-141
#[tokio::test]
async fn a_refresh_token_ends_a_day_after_the_sign_in_however_often_it_was_renewed() {
    let mut browser = Browser::new();
    let first = browser.tokens_for(ALICE, "organizations").await;
    browser.emulator.advance(86_000);
    let second = browser.token("organizations", &renewal(&first["refresh_token"])).await.json();
    assert_eq!(second["refresh_token_expires_in"], 400);

    browser.emulator.advance(400);
    for tokens in [first, second] {
        let body = browser.token("organizations", &renewal(&tokens["refresh_token"])).await.json();
        assert_eq!((&body["error"], &body["error_codes"][0]), (&"invalid_grant".into(), &700_084.into()));
    }
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_client_tenant_and_platform() {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    let renewal = renewal(&tokens["refresh_token"]);
    let other_client = renewal.with("client_id", FABRIKAM_SPA);
    browser.token("fabrikam.example", &other_client).await.assert_refused(70000, "invalid_grant");
    browser.token(CONTOSO.id, &renewal).await.assert_refused(700_005, "invalid_grant");
    let unknown = renewal.with("refresh_token", "another");
    browser.token("organizations", &unknown).await.assert_refused(70000, "invalid_grant");
    let missing = renewal.without("refresh_token");
    browser.token("organizations", &missing).await.assert_refused(900_144, "invalid_request");
    let as_server = browser.send(Method::POST, "/organizations/oauth2/v2.0/token", &[], &renewal.encode()).await;
    as_server.assert_refused(9_002_327, "invalid_request");
}

#[tokio::test]
async fn a_desktop_application_redeems_without_an_origin_and_renews_for_months() {
    let mut browser = Browser::new();
    let (app, address) = ("acc00000-0000-4000-8000-000000000013", "http://localhost:45123");
    let request = request().with("client_id", app).with("redirect_uri", address);
    let code = browser.pick("alice@fabrikam.example", "organizations", &request).await.returned("code").unwrap();
    let form = redemption(&code).with("client_id", app).with("redirect_uri", address);
    browser.token("organizations", &form).await.assert_refused(9_002_326, "invalid_request");

    let path = "/organizations/oauth2/v2.0/token";
    let with_secret = form.with("client_secret", "x").encode();
    browser.send(Method::POST, path, &[], &with_secret).await.assert_refused(700_025, "invalid_client");
    let mut tokens = browser.send(Method::POST, path, &[], &form.encode()).await.json();
    for _ in 0..2 {
        browser.emulator.advance(60 * 24 * 3600);
        let form = renewal(&tokens["refresh_token"]).with("client_id", app);
        let response = browser.send(Method::POST, path, &[], &form.encode()).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.body);
        tokens = response.json();
    }
}
