use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use azure_emulator::{CONTOSO, FABRIKAM, account};
use serde_json::{Value, json};

use crate::{
    backend::signed,
    browser::{ACS_SCOPES, Browser, Response, SPA, WEB, claims, oneshot, redemption, request},
};

const ALICE: &str = "alice@fabrikam.example";
const SCOPE: &str = "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls";
const VERSION: &str = "api-version=2025-06-30";

fn alice() -> &'static str {
    account(ALICE).unwrap().home.id
}

/// The path of an assignment.
fn at(tenant: &str, object: &str) -> String {
    format!("/access/teamsExtension/tenants/{tenant}/assignments/{object}?{VERSION}")
}

async fn put(browser: &Browser, path: &str, assignment: &Value) -> Response {
    signed(browser, Method::PUT, path, &assignment.to_string()).await
}

fn assignment() -> Value {
    json!({ "principalType": "user", "clientIds": [SPA] })
}

/// Alice's access token for this scope.
async fn token_for(browser: &mut Browser, scope: &str) -> Value {
    let request = request().with("scope", &format!("openid {scope}"));
    let code = browser.pick(ALICE, "organizations", &request).await.returned("code").unwrap();
    let tokens = browser.token("organizations", &redemption(&code).with("scope", scope)).await;
    tokens.json()["access_token"].clone()
}

/// Sends the exchange of the person's browser.
async fn exchange(browser: &Browser, token: &Value) -> Response {
    let request = Request::post(format!("/access/teamsExtension/:exchangeAccessToken?{VERSION}"))
        .header("origin", "http://localhost:8080")
        .header("authorization", format!("Bearer {}", token.as_str().unwrap()));
    oneshot(browser.emulator.acs_router(), request.body(Body::from("{}")).unwrap()).await
}

#[tokio::test]
async fn an_assigned_person_with_the_scope_gets_a_token_with_the_same_expiry() {
    let mut browser = Browser::new();
    assert_eq!(put(&browser, &at(FABRIKAM.id, alice()), &assignment()).await.status, StatusCode::CREATED);
    let token = token_for(&mut browser, SCOPE).await;
    let response = exchange(&browser, &token).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    let body = response.json();
    let id = format!("8:acs:ac500000-0000-4000-8000-000000000030_{}_{}", FABRIKAM.id, alice());
    assert_eq!(body["identity"]["id"], id);
    assert_eq!(claims(&body["accessToken"]["token"])["exp"], claims(&token)["exp"]);
}

#[tokio::test]
async fn rejects_a_token_without_the_scope_or_for_another_resource() {
    let mut browser = Browser::new();
    put(&browser, &at(FABRIKAM.id, alice()), &assignment()).await;
    for scope in [ACS_SCOPES, "https://communication.azure.com/clients/VoIP", "User.Read"] {
        let token = token_for(&mut browser, scope).await;
        let response = exchange(&browser, &token).await;
        assert_eq!(
            (response.status, &response.json()["error"]["code"]),
            (StatusCode::UNAUTHORIZED, &"InvalidAccessToken".into()),
            "{scope}"
        );
    }
}

#[tokio::test]
async fn forbids_the_exchange_without_an_assignment_of_person_and_application() {
    let mut browser = Browser::new();
    let token = token_for(&mut browser, SCOPE).await;
    assert_eq!(exchange(&browser, &token).await.status, StatusCode::FORBIDDEN);
    for (path, assignment) in [
        (at(CONTOSO.id, alice()), assignment()),
        (at(FABRIKAM.id, account("erin@fabrikam.example").unwrap().home.id), assignment()),
        (at(FABRIKAM.id, alice()), json!({ "principalType": "user", "clientIds": [WEB] })),
        (at(FABRIKAM.id, alice()), json!({ "principalType": "resourceAccount", "clientIds": [SPA] })),
    ] {
        assert!(put(&browser, &path, &assignment).await.status.is_success());
        assert_eq!(exchange(&browser, &token).await.status, StatusCode::FORBIDDEN, "{path} {assignment}");
    }
}

#[tokio::test]
async fn puts_gets_and_deletes_an_assignment() {
    let browser = Browser::new();
    let path = at(FABRIKAM.id, &alice().to_uppercase());
    assert_eq!(signed(&browser, Method::GET, &path, "").await.status, StatusCode::NOT_FOUND);
    let created = put(&browser, &path, &assignment()).await;
    let shown = json!({ "tenantId": FABRIKAM.id, "objectId": alice(), "principalType": "user", "clientIds": [SPA] });
    assert_eq!((created.status, created.json()), (StatusCode::CREATED, shown.clone()));
    assert_eq!(put(&browser, &path, &assignment()).await.status, StatusCode::OK);
    assert_eq!(signed(&browser, Method::GET, &path, "").await.json(), shown);
    assert_eq!(signed(&browser, Method::DELETE, &path, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(signed(&browser, Method::GET, &path, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rejects_an_incomplete_assignment() {
    let browser = Browser::new();
    for (path, assignment) in [
        (at("fabrikam", alice()), assignment()),
        (at(FABRIKAM.id, "alice"), assignment()),
        (at(FABRIKAM.id, alice()), json!({})),
        (at(FABRIKAM.id, alice()), json!({ "principalType": "group", "clientIds": [SPA] })),
        (at(FABRIKAM.id, alice()), json!({ "principalType": "user", "clientIds": [] })),
        (at(FABRIKAM.id, alice()), json!({ "principalType": "user", "clientIds": ["not-a-guid"] })),
    ] {
        assert_eq!(put(&browser, &path, &assignment).await.status, StatusCode::BAD_REQUEST, "{path} {assignment}");
    }
}
