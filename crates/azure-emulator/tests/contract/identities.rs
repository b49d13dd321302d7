use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::{Value, json};

use crate::{
    backend::signed,
    browser::{Browser, NOW, Response, claims, oneshot},
};

const VERSION: &str = "api-version=2023-10-01";

async fn post(browser: &Browser, path: &str, body: &Value) -> Response {
    signed(browser, Method::POST, &format!("{path}?{VERSION}"), &body.to_string()).await
}

/// Creates an identity, and returns its id encoded for a path.
async fn identity(browser: &Browser) -> String {
    let response = signed(browser, Method::POST, &format!("/identities?{VERSION}"), "").await;
    assert_eq!(response.status, StatusCode::CREATED, "{}", response.body);
    assert_eq!(response.json().get("accessToken"), None);
    response.json()["identity"]["id"].as_str().unwrap().replace(':', "%3A")
}

/// Asserts the status and the code of an error.
#[track_caller]
fn assert_problem(response: &Response, status: u16, code: &str) {
    assert_eq!(
        (response.status.as_u16(), &response.json()["error"]["code"]),
        (status, &code.into()),
        "{}",
        response.body
    );
}

#[tokio::test]
async fn creates_an_identity_with_a_token() {
    let browser = Browser::new();
    let body = json!({ "createTokenWithScopes": ["voip", "chat"], "expiresInMinutes": 60 });
    let response = post(&browser, "/identities", &body).await;
    assert_eq!(response.status, StatusCode::CREATED);
    assert!(response.header("ms-cv").is_some());
    let (id, token) = (&response.json()["identity"]["id"], &response.json()["accessToken"]);
    let prefix = "8:acs:ac500000-0000-4000-8000-000000000030_";
    assert!(id.as_str().unwrap().starts_with(prefix), "{id}");
    assert_eq!(token["expiresOn"], "2026-11-21T09:00:00.0000000+00:00");
    let claims = claims(&token["token"]);
    assert_eq!(format!("8:{}", claims["skypeid"].as_str().unwrap()), *id);
    assert_eq!((&claims["acsScope"], &claims["exp"]), (&"voip,chat".into(), &(NOW + 3600).into()));
    assert_eq!(claims.get("tid"), None, "only tokens of Teams users have a tenant");
}

#[tokio::test]
async fn a_token_is_valid_for_a_day_by_default() {
    let browser = Browser::new();
    let id = identity(&browser).await;
    let response = post(&browser, &format!("/identities/{id}/:issueAccessToken"), &json!({ "scopes": ["chat"] })).await;
    assert_eq!(
        (response.status, &response.json()["expiresOn"]),
        (StatusCode::OK, &"2026-11-22T08:00:00.0000000+00:00".into())
    );
}

#[tokio::test]
async fn rejects_a_token_without_scopes_with_the_recorded_error() {
    let browser = Browser::new();
    let id = identity(&browser).await;
    for body in [json!({}), json!({ "scopes": [] })] {
        let response = post(&browser, &format!("/identities/{id}/:issueAccessToken"), &body).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
        let error = json!({
            "code": "ValidationError",
            "message": "Scopes: The Scopes field is required.",
            "target": "Scopes",
        });
        assert_eq!(response.json()["error"], error);
    }
}

#[tokio::test]
async fn rejects_unknown_scopes_and_lifetimes_out_of_range() {
    let browser = Browser::new();
    let id = identity(&browser).await;
    for body in [
        json!({ "scopes": ["video"] }),
        json!({ "scopes": ["chat"], "expiresInMinutes": 59 }),
        json!({ "scopes": ["chat"], "expiresInMinutes": 1441 }),
        json!({ "scopes": ["chat"], "expiresInMinutes": "60" }),
        json!({ "scopes": "chat" }),
    ] {
        let response = post(&browser, &format!("/identities/{id}/:issueAccessToken"), &body).await;
        assert_problem(&response, 400, "ValidationError");
    }
    let refused = post(&browser, "/identities", &json!({ "createTokenWithScopes": ["video"] })).await;
    assert_problem(&refused, 400, "ValidationError");
}

#[tokio::test]
async fn revokes_tokens_and_deletes_an_identity() {
    let browser = Browser::new();
    let id = identity(&browser).await;
    let revoked = post(&browser, &format!("/identities/{id}/:revokeAccessTokens"), &json!({})).await;
    assert_eq!((revoked.status, revoked.body.as_str()), (StatusCode::NO_CONTENT, ""));
    let path = format!("/identities/{id}?{VERSION}");
    assert_eq!(signed(&browser, Method::DELETE, &path, "").await.status, StatusCode::NO_CONTENT);

    assert_problem(&signed(&browser, Method::DELETE, &path, "").await, 404, "NotFound");
    for action in [":issueAccessToken", ":revokeAccessTokens"] {
        let response = post(&browser, &format!("/identities/{id}/{action}"), &json!({ "scopes": ["chat"] })).await;
        assert_problem(&response, 404, "NotFound");
    }
}

#[tokio::test]
async fn creates_no_identity_without_the_access_key_or_the_version() {
    let browser = Browser::new();
    let unsigned = Request::post(format!("/identities?{VERSION}")).header("host", "localhost:8402");
    let unsigned = oneshot(browser.emulator.acs_router(), unsigned.body(Body::empty()).unwrap()).await;
    assert_problem(&unsigned, 401, "Denied");
    assert_eq!(unsigned.header("access-control-allow-origin"), None);
    assert_problem(&signed(&browser, Method::POST, "/identities", "").await, 400, "MissingApiVersionParameter");
    let unknown = signed(&browser, Method::POST, "/identities?api-version=2020-01-01", "").await;
    assert_problem(&unknown, 400, "UnsupportedApiVersionValue");
}

/// Sends a signed request with the preview version.
async fn preview(browser: &Browser, method: Method, path: &str, body: &str) -> Response {
    signed(browser, method, &format!("{path}?api-version=2025-03-02-preview"), body).await
}

#[tokio::test]
async fn returns_the_existing_identity_for_a_known_custom_id() {
    let browser = Browser::new();
    let create = |body| preview(&browser, Method::POST, "/identities", body);
    let first = create(r#"{"customId":"alice"}"#).await.json()["identity"].clone();
    assert_eq!((&first["customId"], &first["lastTokenIssuedAt"]), (&"alice".into(), &Value::Null));
    let again = create(r#"{"customId":"alice","createTokenWithScopes":["chat"]}"#).await.json();
    assert_eq!(again["identity"]["id"], first["id"]);
    assert_eq!(again["identity"]["lastTokenIssuedAt"], "2026-11-21T08:00:00.0000000+00:00");
    let mut ids = vec![first["id"].clone()];
    for other in [r#"{"customId":"bob"}"#, "{}", ""] {
        let id = create(other).await.json()["identity"]["id"].clone();
        assert!(!ids.contains(&id), "{other}");
        ids.push(id);
    }
    assert_problem(&create(r#"{"customId":""}"#).await, 400, "ValidationError");
    assert_problem(&create(r#"{"customId":1}"#).await, 400, "ValidationError");
}

#[tokio::test]
async fn returns_the_time_of_the_last_token() {
    let browser = Browser::new();
    let path = format!("/identities/{}", identity(&browser).await);
    let shown = preview(&browser, Method::GET, &path, "").await;
    assert_eq!((shown.status, shown.json().get("lastTokenIssuedAt")), (StatusCode::OK, None));
    post(&browser, &format!("{path}/:issueAccessToken"), &json!({ "scopes": ["chat"] })).await;
    let shown = preview(&browser, Method::GET, &path, "").await.json();
    assert_eq!(shown["lastTokenIssuedAt"], "2026-11-21T08:00:00.0000000+00:00");

    assert_problem(&preview(&browser, Method::GET, "/identities/8:acs:unknown", "").await, 404, "NotFound");
    let stable = signed(&browser, Method::GET, &format!("{path}?{VERSION}"), "").await;
    assert_problem(&stable, 400, "UnsupportedApiVersionValue");
    let response = post(&browser, "/identities", &json!({ "customId": "alice" })).await;
    assert_eq!(response.json()["identity"].get("customId"), None, "only the preview version has it");
}
