use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use azure_emulator::CONTOSO;

use crate::browser::{Browser, Form, Response, SPA, WEB, claims, oneshot};

const BACKEND: &str = "acc00000-0000-4000-8000-000000000014";
const SCOPE: &str = "https://communication.azure.com//.default";

fn form() -> Form {
    Form::new(&[
        ("grant_type", "client_credentials"),
        ("client_id", BACKEND),
        ("client_secret", "azure-emulator-secret"),
        ("scope", SCOPE),
    ])
}

/// Sends a token request without `Origin`, like a server.
async fn send(browser: &mut Browser, tenant: &str, form: &Form) -> Response {
    let content_type = ("content-type", "application/x-www-form-urlencoded");
    browser.send(Method::POST, &format!("/{tenant}/oauth2/v2.0/token"), &[content_type], &form.encode()).await
}

#[tokio::test]
async fn a_token_for_a_secret_replaces_the_access_key() {
    let mut browser = Browser::new();
    let response = send(&mut browser, CONTOSO.id, &form()).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    let token = response.json()["access_token"].clone();
    assert_eq!((&claims(&token)["idtyp"], &claims(&token)["appid"]), (&"app".into(), &BACKEND.into()));
    assert_eq!((response.json().get("refresh_token"), response.json().get("id_token")), (None, None));

    let request = Request::post("/identities?api-version=2023-10-01")
        .header("authorization", format!("Bearer {}", token.as_str().unwrap()));
    let made = oneshot(browser.emulator.acs_router(), request.body(Body::empty()).unwrap()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
}

#[tokio::test]
async fn refuses_a_wrong_or_missing_secret() {
    let mut browser = Browser::new();
    for (form, code) in [
        (form().with("client_secret", "guessed"), 7_000_215),
        (form().without("client_secret"), 7_000_218),
        (form().with("client_id", WEB), 7_000_215),
    ] {
        let tenant = if code == 7_000_215 { "contoso.example" } else { CONTOSO.id };
        let response = send(&mut browser, tenant, &form).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{}", response.body);
        assert_eq!(
            (&response.json()["error"], &response.json()["error_codes"][0]),
            (&"invalid_client".into(), &code.into())
        );
    }
}

#[tokio::test]
async fn requires_the_own_tenant_and_the_default_scope_of_a_known_resource() {
    let mut browser = Browser::new();
    send(&mut browser, "organizations", &form()).await.assert_refused(50194, "invalid_request");
    for (form, code, error) in [
        (form().without("scope"), 900_144, "invalid_request"),
        (form().with("scope", "https://communication.azure.com/VoIP"), 1_002_012, "invalid_scope"),
        (form().with("scope", "https://unknown.example/.default"), 70011, "invalid_scope"),
        (form().with("client_id", SPA), 9_002_327, "invalid_request"),
    ] {
        send(&mut browser, CONTOSO.id, &form).await.assert_refused(code, error);
    }
    let from_a_page = browser.token(CONTOSO.id, &form()).await;
    from_a_page.assert_refused(9_002_326, "invalid_request");
}
