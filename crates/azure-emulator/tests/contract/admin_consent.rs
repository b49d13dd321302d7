use axum::http::StatusCode;
use azure_emulator::{CONTOSO, FABRIKAM, account};

use crate::browser::{ACS_SCOPES, API_SCOPE, Browser, FABRIKAM_SPA, Form, PAGE, Response, SPA, request};

const DAVE: &str = "dave@fabrikam.example";

/// A request for consent to everything.
fn everything() -> Form {
    Form::new(&[("client_id", SPA), ("redirect_uri", PAGE), ("state", "the state")])
}

/// A request for consent to named scopes.
fn named() -> Form {
    everything().with("scope", ACS_SCOPES)
}

fn path(tenant: &str, form: &str, request: &Form) -> String {
    format!("/{tenant}/{form}?{}", request.encode())
}

/// Submits the form with this account's button.
async fn accept(browser: &mut Browser, username: &str, path: &str) -> Response {
    let id = account(username).unwrap().home.id;
    browser.post(path, &Form::new(&[("account", id)])).await
}

#[tokio::test]
async fn an_administrator_consents_to_everything_for_the_organization() {
    let mut browser = Browser::new();
    assert_eq!(browser.pick(DAVE, "organizations", &request()).await.returned("code"), None);
    let path = path("organizations", "adminconsent", &everything());
    let page = browser.get(&path).await;
    assert!(page.body.contains(">Accept as erin@fabrikam.example</button>"), "{}", page.body);
    assert!(!page.body.contains("alice@fabrikam.example"), "{}", page.body);
    let response = accept(&mut browser, "erin@fabrikam.example", &path).await;
    assert_eq!(response.status, StatusCode::FOUND);
    for (name, value) in [("admin_consent", "True"), ("tenant", FABRIKAM.id), ("state", "the state")] {
        assert_eq!(response.returned(name).as_deref(), Some(value));
    }
    assert!(browser.pick(DAVE, "organizations", &request()).await.returned("code").is_some());
}

#[tokio::test]
async fn the_second_form_consents_only_to_the_named_scopes() {
    let mut browser = Browser::new();
    let path = path(FABRIKAM.id, "v2.0/adminconsent", &named());
    let response = accept(&mut browser, "erin@fabrikam.example", &path).await;
    assert_eq!(response.returned("scope").as_deref(), Some(ACS_SCOPES));
    let for_acs = request().with("scope", ACS_SCOPES);
    assert!(browser.pick(DAVE, "organizations", &for_acs).await.returned("code").is_some());
    let for_the_api = request().with("scope", API_SCOPE);
    assert_eq!(browser.pick(DAVE, "organizations", &for_the_api).await.returned("code"), None);
}

#[tokio::test]
async fn each_form_returns_its_own_error_when_canceled() {
    let mut browser = Browser::new();
    let cancel = Form::new(&[]);
    let response = browser.post(&path("organizations", "adminconsent", &everything()), &cancel).await;
    assert_eq!(
        (response.returned("error").as_deref(), response.returned("admin_consent")),
        (Some("permission_denied"), None)
    );
    let response = browser.post(&path("organizations", "v2.0/adminconsent", &named()), &cancel).await;
    assert_eq!(response.returned("error").as_deref(), Some("consent_required"));
    // Entra sends this in case of an error, too. Clients must look for `error` first.
    assert_eq!(response.returned("admin_consent").as_deref(), Some("True"));
    assert!(response.returned("error_description").unwrap().starts_with("AADSTS65004: "));
}

#[tokio::test]
async fn only_an_administrator_of_the_tenant_consents_for_the_organization() {
    let mut browser = Browser::new();
    for (username, tenant) in
        [("alice@fabrikam.example", "organizations"), (DAVE, FABRIKAM.id), ("erin@fabrikam.example", CONTOSO.id)]
    {
        let response = accept(&mut browser, username, &path(tenant, "adminconsent", &everything())).await;
        assert_eq!(response.returned("error").as_deref(), Some("permission_denied"), "{username}");
    }
    assert_eq!(browser.pick(DAVE, "organizations", &request()).await.returned("code"), None);
}

#[tokio::test]
async fn the_first_form_ends_on_a_page_without_a_redirect_uri() {
    let mut browser = Browser::new();
    let path = path("organizations", "adminconsent", &everything().without("redirect_uri"));
    let response = accept(&mut browser, "erin@fabrikam.example", &path).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::OK, None));
}

#[tokio::test]
async fn shows_errors_on_a_page_and_never_redirects() {
    let mut browser = Browser::new();
    let (first, second) = ("adminconsent", "v2.0/adminconsent");
    for (tenant, form, request, code) in [
        ("common", first, everything(), 90002),
        ("nowhere.example", first, everything(), 90002),
        ("organizations", first, everything().without("client_id"), 900_144),
        ("organizations", first, everything().with("client_id", "unknown"), 700_016),
        ("organizations", first, everything().with("client_id", FABRIKAM_SPA), 50194),
        ("organizations", first, everything().with("redirect_uri", "https://evil.example/"), 50011),
        ("organizations", first, everything().twice("state"), 9_000_411),
        ("organizations", second, everything(), 900_144),
        ("organizations", second, named().without("redirect_uri"), 900_144),
        ("organizations", second, named().with("scope", "https://unknown.example/x"), 70011),
    ] {
        browser.get(&path(tenant, form, &request)).await.assert_page(code);
        browser.post(&path(tenant, form, &request), &Form::new(&[])).await.assert_page(code);
    }
}
