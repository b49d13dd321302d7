use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use azure_emulator::{Emulator, FABRIKAM, account};
use serde_json::{Value, json};

use crate::{
    backend::{self, signed_with},
    browser::{API_SCOPE, Browser, Response, SPA, claims, oneshot, options, redemption, request},
};

const ALICE: &str = "alice@fabrikam.example";
const EXCHANGE: &str = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";

/// Sends a `POST` of a trusted backend, signed with the access key.
async fn signed(browser: &Browser, path: &str, body: &str) -> Response {
    backend::signed(browser, Method::POST, path, body).await
}

/// The body with which a trusted backend exchanges this token.
fn exchange(token: &Value) -> Value {
    let oid = token.as_str().filter(|token| token.contains('.')).map(|_| claims(token)["oid"].clone());
    json!({ "token": token, "appId": SPA, "userId": oid.unwrap_or_else(|| account(ALICE).unwrap().home.id.into()) })
}

/// A browser in which Alice is signed in, and her token for ACS.
async fn alice() -> (Browser, Value) {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    (browser, tokens["access_token"].clone())
}

/// Asserts the status and the whole body of an error.
#[track_caller]
fn assert_problem(response: &Response, status: u16, code: &str, message: &str, target: Option<&str>) {
    let mut error = json!({ "code": code, "message": message });
    if let Some(target) = target {
        error["target"] = target.into();
    }
    assert_eq!((response.status.as_u16(), response.json()), (status, json!({ "error": error })));
}

#[tokio::test]
async fn exchanges_a_token_for_an_acs_token_with_the_same_expiry() {
    let (browser, token) = alice().await;
    let response = signed(&browser, EXCHANGE, &exchange(&token).to_string()).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    assert_eq!(response.header("x-ms-client-request-id"), Some("the client's id"));
    for name in ["api-supported-versions", "ms-cv", "x-azure-ref", "x-processing-time"] {
        assert!(response.header(name).is_some(), "{name}");
    }
    let body = response.json();
    assert_eq!(body["expiresOn"], "2026-11-21T09:05:00.0000000+00:00");
    let acs_token = claims(&body["token"]);
    assert_eq!(acs_token["skypeid"], format!("orgid:{}", account(ALICE).unwrap().home.id));
    assert_eq!(acs_token["exp"], claims(&token)["exp"]);
    assert_eq!((&acs_token["acsScope"], &acs_token["tid"]), (&"voip,chat".into(), &FABRIKAM.id.into()));
}

#[tokio::test]
async fn accepts_a_token_signed_before_a_key_rotation() {
    let (browser, token) = alice().await;
    browser.emulator.rotate_signing_keys();
    assert_eq!(signed(&browser, EXCHANGE, &exchange(&token).to_string()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn denies_a_request_without_the_access_key() {
    let (browser, token) = alice().await;
    let request = Request::post(EXCHANGE).header("host", "localhost:8402").header("authorization", "Bearer x");
    let request = request.body(Body::from(exchange(&token).to_string())).unwrap();
    let response = oneshot(browser.emulator.acs_router(), request).await;
    assert_problem(&response, 401, "Denied", "Denied by the resource provider.", None);
}

#[tokio::test]
async fn denies_a_date_with_more_than_five_minutes_difference() {
    let (browser, token) = alice().await;
    browser.emulator.advance(301);
    let response = signed(&browser, EXCHANGE, &exchange(&token).to_string()).await;
    assert_eq!((response.status, &response.json()["error"]["code"]), (StatusCode::UNAUTHORIZED, &"Denied".into()));
}

#[tokio::test]
async fn requires_a_known_api_version() {
    let (browser, token) = alice().await;
    let body = exchange(&token).to_string();
    for (query, code) in [
        ("", "MissingApiVersionParameter"),
        ("?api-version=", "MissingApiVersionParameter"),
        ("?api-version=2021-10-31-preview", "UnsupportedApiVersionValue"),
        ("?api-version=2023-10-01&api-version=2023-10-01", "MissingApiVersionParameter"),
    ] {
        let response = signed(&browser, &format!("/teamsUser/:exchangeAccessToken{query}"), &body).await;
        assert_eq!(
            (response.status, &response.json()["error"]["code"]),
            (StatusCode::BAD_REQUEST, &code.into()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn rejects_a_body_that_is_not_the_expected_object() {
    let (browser, _) = alice().await;
    for body in ["", "[]", "{\"token\":1}"] {
        let response = signed(&browser, EXCHANGE, body).await;
        assert_eq!(response.json()["error"]["code"], "ValidationError", "{body}");
    }
}

#[tokio::test]
async fn rejects_an_invalid_token_before_the_other_members() {
    let (browser, _) = alice().await;
    for token in ["", "AAD.TOKEN.A1", "nonsense"] {
        let body = json!({ "token": token, "appId": SPA, "userId": "" });
        let response = signed(&browser, EXCHANGE, &body.to_string()).await;
        assert_problem(&response, 401, "InvalidAccessToken", "Provided access token is not valid.", None);
    }
}

#[tokio::test]
async fn rejects_a_valid_token_for_another_audience() {
    let mut browser = Browser::new();
    for scope in [API_SCOPE, "User.Read"] {
        let wider = request().with("scope", &format!("openid {API_SCOPE} User.Read"));
        let code = browser.pick(ALICE, "organizations", &wider).await.returned("code").unwrap();
        let tokens = browser.token("organizations", &redemption(&code).with("scope", scope)).await.json();
        let response = signed(&browser, EXCHANGE, &exchange(&tokens["access_token"]).to_string()).await;
        assert_problem(&response, 401, "InvalidAccessToken", "Provided access token is not valid.", None);
    }
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    let response = signed(&browser, EXCHANGE, &exchange(&tokens["id_token"]).to_string()).await;
    assert_problem(&response, 401, "InvalidAccessToken", "Provided access token is not valid.", None);
}

#[tokio::test]
async fn rejects_a_token_with_only_one_of_the_two_scopes() {
    let mut browser = Browser::new();
    for scope in ["Teams.ManageCalls", "Teams.ManageChats"] {
        let scope = format!("https://auth.msft.communication.azure.com/{scope}");
        let redemption = browser.code_for(ALICE, "organizations").await.with("scope", &scope);
        let tokens = browser.token("organizations", &redemption).await.json();
        let response = signed(&browser, EXCHANGE, &exchange(&tokens["access_token"]).to_string()).await;
        assert_problem(&response, 401, "InvalidAccessToken", "Provided access token is not valid.", None);
    }
}

#[tokio::test]
async fn rejects_a_token_of_another_emulator() {
    let (browser, _) = alice().await;
    let mut elsewhere = Browser::of(Emulator::new(options()));
    let foreign = elsewhere.tokens_for(ALICE, "organizations").await["access_token"].clone();
    let response = signed(&browser, EXCHANGE, &exchange(&foreign).to_string()).await;
    assert_problem(&response, 401, "InvalidAccessToken", "Provided access token is not valid.", None);
}

#[tokio::test]
async fn rejects_another_application_or_person_than_that_of_the_token() {
    let (browser, token) = alice().await;
    let stranger = "bad00000-0000-4000-8000-000000000bad";
    let cases = [
        ("appId", "", "AppId: The AppId field is required.", "AppId"),
        ("appId", "not-a-guid", "Provided AppId has invalid format.", "appId"),
        ("appId", stranger, "AAD application is not the expected one.", "appId"),
        ("userId", "", "UserId: The UserId field is required.", "UserId"),
        ("userId", "not-a-guid", "Provided UserId has invalid format.", "userId"),
        ("userId", stranger, "Provided AAD token issued for unexpected user.", "userId"),
    ];
    for (member, value, message, target) in cases {
        let mut body = exchange(&token);
        body[member] = value.into();
        let response = signed(&browser, EXCHANGE, &body.to_string()).await;
        assert_problem(&response, 400, "ValidationError", message, Some(target));
    }
}

#[tokio::test]
async fn rejects_an_expired_token() {
    // The date of the request must match the advanced clock, so that only the token is expired.
    let (browser, token) = alice().await;
    browser.emulator.advance(3900);
    let (date, body) = ("Sat, 21 Nov 2026 09:05:00 GMT", exchange(&token).to_string());
    let response = signed_with(&browser, date, "application/json", Method::POST, EXCHANGE, &body).await;
    assert_problem(&response, 401, "InvalidAccessToken", "Provided access token is not valid.", None);
}

#[tokio::test]
async fn refuses_a_guest_and_a_person_without_a_license() {
    let mut browser = Browser::new();
    for (username, tenant) in [("bob@contoso.example", FABRIKAM.id), ("heidi@fabrikam.example", "organizations")] {
        let tokens = browser.tokens_for(username, tenant).await;
        let response = signed(&browser, EXCHANGE, &exchange(&tokens["access_token"]).to_string()).await;
        assert_eq!((response.status, &response.json()["error"]["code"]), (StatusCode::FORBIDDEN, &"Forbidden".into()));
    }
    let at_home = browser.tokens_for("bob@contoso.example", "organizations").await;
    let response = signed(&browser, EXCHANGE, &exchange(&at_home["access_token"]).to_string()).await;
    assert_eq!(response.status, StatusCode::OK);
}

// SEC-141
#[tokio::test]
async fn limits_requests_and_sends_retry_after() {
    let (browser, _) = alice().await;
    for _ in 0..500 {
        assert_ne!(signed(&browser, EXCHANGE, "").await.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let response = signed(&browser, EXCHANGE, "").await;
    assert_eq!((response.status, response.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("30")));
    browser.emulator.advance(30);
    assert_ne!(signed(&browser, EXCHANGE, "").await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sends_404_without_cors_for_other_methods_and_paths() {
    let browser = Browser::new();
    for request in [
        Request::get(EXCHANGE),
        Request::options(EXCHANGE).header("origin", "http://localhost:8080"),
        Request::options("/identities?api-version=2023-10-01").header("origin", "http://localhost:8080"),
        Request::get("/"),
    ] {
        let response = oneshot(browser.emulator.acs_router(), request.body(Body::empty()).unwrap()).await;
        assert_problem(&response, 404, "NotFound", "The emulator has no such resource.", None);
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
}
