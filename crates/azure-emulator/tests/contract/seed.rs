use axum::http::{Method, StatusCode};
use azure_emulator::{Emulator, Faults, Outage, Seed};
use serde_json::json;

use crate::{
    backend::signed,
    browser::{Browser, claims, options, redemption, request},
};

const ALICE: &str = "alice@fabrikam.example";
const DAVE: &str = "dave@fabrikam.example";
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

fn seeded() -> Browser {
    let seed = json!({
        "consented": [DAVE],
        "fault": { "exchange": "unavailable" },
        "identities": ["8:acs:guest"],
        "assignments": { "a11ce000-0000-4000-8000-000000000001": {
            "tenantId": "fab00000-0000-4000-8000-000000000001",
            "principalType": "user",
            "clientIds": ["acc00000-0000-4000-8000-000000000010"],
        } },
    });
    Browser::of(Emulator::with_seed(options(), Seed::parse(&seed.to_string()).unwrap()))
}

async fn issue(browser: &Browser) -> StatusCode {
    let path = "/identities/8:acs:guest/:issueAccessToken?api-version=2023-10-01";
    signed(browser, Method::POST, path, r#"{"scopes":["chat"]}"#).await.status
}

async fn assignments(browser: &Browser) -> usize {
    let path = "/access/entra/assignments?api-version=2025-03-02-preview";
    signed(browser, Method::GET, path, "").await.json()["value"].as_array().unwrap().len()
}

#[tokio::test]
async fn begins_with_the_state_of_the_seed() {
    let mut browser = seeded();
    assert!(browser.pick(DAVE, "organizations", &request()).await.returned("code").is_some());
    assert_eq!((issue(&browser).await, assignments(&browser).await), (StatusCode::OK, 1));
    let exchange = signed(&browser, Method::POST, "/teamsUser/:exchangeAccessToken?api-version=2023-10-01", "{}").await;
    assert_eq!(exchange.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_reset_goes_back_to_the_seed() {
    let mut browser = seeded();
    signed(&browser, Method::DELETE, "/identities/8:acs:guest?api-version=2023-10-01", "").await;
    assert_eq!(issue(&browser).await, StatusCode::NOT_FOUND);
    browser.emulator.set_faults(Faults { token: Some(Outage::Malformed), ..Faults::default() });

    assert_eq!(browser.send(Method::POST, "/emulator/reset", &JSON, "{}").await.status, StatusCode::OK);
    assert_eq!(issue(&browser).await, StatusCode::OK);
    assert!(browser.tokens_for(DAVE, "organizations").await["access_token"].is_string());
}

#[tokio::test]
async fn a_reset_deletes_sessions_consents_codes_and_the_log() {
    let mut browser = Browser::new();
    let redemption = browser.code_for("alice@fabrikam.example", "organizations").await;
    browser.pick(DAVE, "organizations", &request()).await;
    browser.decide(&[("decision", "accept")], "organizations", &request()).await;
    browser.send(Method::POST, "/emulator/reset", &JSON, "{}").await;

    let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
    silent.assert_returned(50058, "login_required");
    browser.token("organizations", &redemption).await.assert_refused(70000, "invalid_grant");
    assert_eq!(browser.emulator.token_requests().len(), 1);
    let page = browser.pick(DAVE, "organizations", &request()).await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_shows("Permissions requested");
}

#[tokio::test]
async fn a_reset_keeps_the_keys_that_clients_cache() {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for("alice@fabrikam.example", "organizations").await;
    browser.emulator.reset();
    let body = json!({
        "token": tokens["access_token"],
        "appId": claims(&tokens["access_token"])["appid"],
        "userId": claims(&tokens["access_token"])["oid"],
    });
    let path = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
    assert_eq!(signed(&browser, Method::POST, path, &body.to_string()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_application_of_the_seed_uses_its_own_redirect_uris_and_tenant_only() {
    const OWN: &str = "0a990000-0000-4000-8000-000000000001";
    let seed = json!({ "applications": [{
        "clientId": OWN,
        "name": "An app of the seed",
        "platform": "spa",
        "redirectUris": ["http://localhost:5173/auth/callback", "https://app.example/"],
        "tenant": "fabrikam.example",
    }] });
    let mut browser = Browser::of(Emulator::with_seed(options(), Seed::parse(&seed.to_string()).unwrap()));
    let request = request().with("client_id", OWN);
    for uri in ["http://localhost:5173/auth/callback", "http://localhost:1/auth/callback", "https://app.example/"] {
        let request = request.with("redirect_uri", uri);
        let code = browser.pick(ALICE, "fabrikam.example", &request).await.returned("code").unwrap();
        let redemption = redemption(&code).with("client_id", OWN).with("redirect_uri", uri);
        let tokens = browser.token("fabrikam.example", &redemption).await.json();
        assert_eq!(claims(&tokens["id_token"])["aud"], OWN);
    }
    for uri in ["http://localhost:5173/", "https://app.example:1/", "https://app.example/x"] {
        browser.authorize("fabrikam.example", &request.with("redirect_uri", uri)).await.assert_page(50011);
    }
    let request = request.with("redirect_uri", "https://app.example/");
    browser.authorize("organizations", &request).await.assert_page(50194);
    Browser::new().authorize("fabrikam.example", &request).await.assert_page(700_016);
}
