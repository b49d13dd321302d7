use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::Value;

use crate::browser::{Browser, Response, oneshot};

const ACS: &str = "https%3A%2F%2Fcommunication.azure.com%2F";
const IDENTITIES: &str = "/identities?api-version=2023-10-01";

async fn get(browser: &mut Browser, query: &str, header: &str) -> Response {
    browser.send(Method::GET, &format!("/msi/token?{query}"), &[("x-identity-header", header)], "").await
}

async fn token_for(browser: &mut Browser, resource: &str) -> String {
    let response = get(browser, &format!("api-version=2019-08-01&resource={resource}"), "azure-emulator").await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    assert_eq!(response.json()["expires_on"], "1795251900");
    response.json()["access_token"].as_str().unwrap().to_owned()
}

async fn create_identity(browser: &Browser, token: &str) -> Response {
    let request = Request::post(IDENTITIES).header("authorization", format!("Bearer {token}"));
    oneshot(browser.emulator.acs_router(), request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_token_of_a_managed_identity_replaces_the_access_key() {
    let mut browser = Browser::new();
    let token = token_for(&mut browser, ACS).await;
    assert_eq!(create_identity(&browser, &token).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn denies_a_persons_token_and_one_for_another_resource() {
    let mut browser = Browser::new();
    let person: Value = browser.tokens_for("alice@fabrikam.example", "organizations").await;
    let person = person["access_token"].as_str().unwrap().to_owned();
    let elsewhere = token_for(&mut browser, "https%3A%2F%2Fgraph.microsoft.com%2F").await;
    let good = token_for(&mut browser, ACS).await;
    for token in [person, elsewhere, format!("{good}x"), String::new()] {
        let response = create_identity(&browser, &token).await;
        assert_eq!((response.status, &response.json()["error"]["code"]), (StatusCode::UNAUTHORIZED, &"Denied".into()));
    }
    browser.emulator.advance(3900);
    assert_eq!(create_identity(&browser, &good).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn requires_the_identity_header_the_version_and_the_resource() {
    let mut browser = Browser::new();
    let good = format!("api-version=2019-08-01&resource={ACS}");
    assert_eq!(get(&mut browser, &good, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&mut browser, &good, "another").await.status, StatusCode::UNAUTHORIZED);
    for query in ["", "api-version=2019-08-01", &format!("resource={ACS}"), &format!("{good}&resource=again")] {
        assert_eq!(get(&mut browser, query, "azure-emulator").await.status, StatusCode::BAD_REQUEST, "{query}");
    }
}
