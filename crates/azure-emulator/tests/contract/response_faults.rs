//! Faults of single responses, and the three ways to request a fault.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use azure_emulator::{
    AuthorizationFault, EndSessionFault, Faults, IdTokenFault, MetadataFault, Outage, TokenResponseFault,
};
use form_urlencoded::parse;
use serde_json::{Value, json};

use crate::{
    backend::signed,
    browser::{Browser, ENTRA, Form, NOW, PAGE, Response, SPA, claims, oneshot, request},
};

const ALICE: &str = "alice@fabrikam.example";
const METADATA: &str = "/organizations/v2.0/.well-known/openid-configuration";
const KEYS: &str = "/organizations/discovery/v2.0/keys";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const ORIGIN: (&str, &str) = ("origin", "http://localhost:8080");

/// All parameters of the redirect, in order.
fn returned(response: &Response) -> Vec<(String, String)> {
    let (address, parameters) = response.header("location").unwrap().split_once('#').unwrap();
    assert_eq!(address, PAGE);
    parse(parameters.as_bytes()).into_owned().collect()
}

fn values<'a>(parameters: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    parameters.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
}

/// The parameters of the authorization response with this fault.
async fn authorization_with(fault: AuthorizationFault) -> Vec<(String, String)> {
    let mut browser = Browser::new();
    browser.emulator.set_faults(Faults { authorization: Some(fault), ..Faults::NONE });
    returned(&browser.pick(ALICE, "organizations", &request()).await)
}

// SEC-003, RP-20 and RP-21
#[tokio::test]
async fn faults_remove_replace_and_repeat_the_state() {
    use AuthorizationFault as F;
    for (fault, states) in [(F::MissingState, 0), (F::WrongState, 1), (F::DuplicateState, 2)] {
        let response = authorization_with(fault).await;
        assert_eq!(values(&response, "state").len(), states, "{fault:?}");
        assert_ne!(values(&response, "state"), ["the state"], "{fault:?}");
        assert_eq!(values(&response, "code").len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn faults_return_an_error_with_each_kind_of_state() {
    use AuthorizationFault as F;
    for (fault, states) in [
        (F::Error, &["the state"][..]),
        (F::HostileError, &["the state"]),
        (F::ErrorWithoutState, &[]),
        (F::ErrorWrongState, &["unrequested-value"]),
    ] {
        let response = authorization_with(fault).await;
        assert_eq!(values(&response, "error"), ["server_error"], "{fault:?}");
        assert_eq!(values(&response, "state"), states, "{fault:?}");
        assert!(values(&response, "code").is_empty(), "{fault:?}");
    }
}

// SEC-005, SEC-006, SEC-007, RP-25, RP-26 and RP-29
#[tokio::test]
async fn faults_add_and_remove_parameters_of_the_authorization_response() {
    use AuthorizationFault as F;
    let right = format!("{ENTRA}/fab00000-0000-4000-8000-000000000001/v2.0");
    assert_eq!(values(&authorization_with(F::RightIssuer).await, "iss"), [&*right]);
    assert_ne!(values(&authorization_with(F::WrongIssuer).await, "iss"), [&*right]);
    assert_eq!(values(&authorization_with(F::DuplicateIssuer).await, "iss").len(), 2);
    assert_eq!(values(&authorization_with(F::DuplicateCode).await, "code").len(), 2);
    assert_eq!(authorization_with(F::MissingCode).await.len(), 1);
    let hybrid = authorization_with(F::WithTokens).await;
    assert_eq!([values(&hybrid, "id_token").len(), values(&hybrid, "access_token").len()], [1, 1]);
    let cloud = authorization_with(F::ForeignCloud).await;
    assert_eq!(values(&cloud, "cloud_instance_host_name"), ["login.elsewhere.example"]);
}

#[tokio::test]
async fn faults_apply_to_error_responses() {
    let mut browser = Browser::new();
    let fault = Some(AuthorizationFault::WrongState);
    browser.emulator.set_faults(Faults { authorization: fault, ..Faults::NONE });
    let response = browser.authorize("organizations", &request().with("prompt", "none")).await;
    assert_eq!(
        (response.returned("error").as_deref(), response.returned("state").as_deref()),
        (Some("login_required"), Some("unrequested-value"))
    );
}

/// The token response with this fault.
async fn tokens_with(fault: TokenResponseFault) -> Response {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await;
    browser.emulator.set_faults(Faults { token_response: Some(fault), ..Faults::NONE });
    let response = browser.token("organizations", &redemption).await;
    assert_eq!(response.header("access-control-allow-origin"), Some("*"), "{fault:?}");
    response
}

// SEC-012, RP-33 to RP-36
#[tokio::test]
async fn a_fault_changes_one_member_of_the_token_response() {
    use TokenResponseFault as F;
    for (fault, member, value) in [
        (F::TokenTypeCase, "token_type", json!("bEARER")),
        (F::WrongTokenType, "token_type", json!("mac")),
        (F::MissingTokenType, "token_type", Value::Null),
        (F::MissingExpiresIn, "expires_in", Value::Null),
        (F::ExpiresInText, "expires_in", json!("3900")),
        (F::NegativeExpiresIn, "expires_in", json!(-1)),
        (F::MissingScope, "scope", Value::Null),
        (F::NarrowerScope, "scope", json!("https://auth.msft.communication.azure.com/Teams.ManageCalls")),
        (F::MissingAccessToken, "access_token", Value::Null),
        (F::EmptyAccessToken, "access_token", json!("")),
        (F::OpaqueAccessToken, "access_token", json!("an-opaque-access-token")),
        (F::MissingIdToken, "id_token", Value::Null),
        (F::MissingRefreshToken, "refresh_token", Value::Null),
    ] {
        let response = tokens_with(fault).await;
        assert_eq!((response.status, &response.json()[member]), (StatusCode::OK, &value), "{fault:?}");
        let removed = usize::from(value.is_null());
        assert_eq!(response.json().as_object().unwrap().len() + removed, 8, "{fault:?}: {}", response.body);
    }
}

#[tokio::test]
async fn faults_replace_the_token_response_with_html_or_a_redirect() {
    use TokenResponseFault as F;
    for (fault, status) in [
        (F::Html, StatusCode::OK),
        (F::HtmlError, StatusCode::BAD_REQUEST),
        (F::Redirect, StatusCode::TEMPORARY_REDIRECT),
    ] {
        let response = tokens_with(fault).await;
        assert_eq!(response.status, status, "{fault:?}");
        assert!(response.header("content-type").unwrap().starts_with("text/html"), "{fault:?}");
        assert_eq!(response.header("location").is_some(), fault == F::Redirect);
    }
}

// SEC-008, RP-27 and RP-30 to RP-32
#[tokio::test]
async fn a_fault_changes_one_member_of_the_metadata() {
    use MetadataFault as F;
    let mut browser = Browser::new();
    let right = browser.get(METADATA).await.json();
    for (fault, member) in [
        (F::WrongIssuer, "issuer"),
        (F::ForeignEndpoint, "token_endpoint"),
        (F::InsecureEndpoint, "token_endpoint"),
        (F::MissingEndpoint, "token_endpoint"),
        (F::PromisesIssuer, "authorization_response_iss_parameter_supported"),
    ] {
        browser.emulator.set_faults(Faults { metadata: Some(fault), ..Faults::NONE });
        let mut wrong = browser.get(METADATA).await.json();
        assert_ne!(wrong[member], right[member], "{fault:?}");
        wrong[member] = right[member].clone();
        for (name, value) in right.as_object().unwrap() {
            assert_eq!(wrong[name], *value, "{fault:?}: {name}");
        }
    }
    browser.emulator.set_faults(Faults { metadata: Some(F::Redirect), ..Faults::NONE });
    assert_eq!(browser.get(METADATA).await.header("location"), Some("https://elsewhere.example/"));
}

#[tokio::test]
async fn metadata_and_keys_have_separate_outages() {
    let mut browser = Browser::new();
    browser.emulator.set_faults(Faults { keys: Some(Outage::Unavailable), ..Faults::NONE });
    let keys = browser.get(KEYS).await;
    assert_eq!((keys.status, keys.header("access-control-allow-origin")), (StatusCode::SERVICE_UNAVAILABLE, Some("*")));
    assert_eq!(browser.get(METADATA).await.status, StatusCode::OK);
    browser.emulator.set_faults(Faults { discovery: Some(Outage::Unavailable), ..Faults::NONE });
    assert_eq!(browser.get(METADATA).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.get(KEYS).await.status, StatusCode::OK);
}

// RP-37
#[tokio::test]
async fn faults_change_the_redirect_after_signing_out() {
    use EndSessionFault as F;
    let mut browser = Browser::new();
    let query = Form::new(&[("post_logout_redirect_uri", PAGE), ("state", "mine")]).encode();
    for (fault, location) in [
        (F::MissingState, Some(PAGE.to_owned())),
        (F::WrongState, Some(format!("{PAGE}?state=unrequested-value"))),
        (F::NoReturn, None),
    ] {
        browser.emulator.set_faults(Faults { end_session: Some(fault), ..Faults::NONE });
        let response = browser.get(&format!("/organizations/oauth2/v2.0/logout?{query}")).await;
        assert_eq!(response.header("location"), location.as_deref(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_header_sets_faults_for_one_request() {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await;
    let path = "/organizations/oauth2/v2.0/token";
    let faults = ("x-emulator-fault", "idToken=wrong_audience&tokenResponse=missing_scope");
    let tokens = browser.send(Method::POST, path, &[FORM, ORIGIN, faults], &redemption.encode()).await.json();
    assert_ne!(claims(&tokens["id_token"])["aud"], SPA);
    assert_eq!(tokens["scope"], Value::Null);
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    assert_eq!(claims(&tokens["id_token"])["aud"], SPA);
}

#[tokio::test]
async fn both_services_reject_a_header_with_an_unknown_fault() {
    let mut browser = Browser::new();
    for faults in ["idToken=wrong_color", "idtoken=expired", "token=slow&token=slow", "acsClock=soon"] {
        let header = ("x-emulator-fault", faults);
        assert_eq!(browser.send(Method::GET, KEYS, &[header], "").await.status, StatusCode::BAD_REQUEST, "{faults}");
        let request = Request::get("/").header(header.0, header.1).body(Body::empty()).unwrap();
        let response = oneshot(browser.emulator.acs_router(), request).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{faults}");
    }
}

#[tokio::test]
async fn an_accounts_fault_applies_to_its_own_requests_only() {
    let mut browser = Browser::new();
    let rupert = browser.tokens_for("rupert@fabrikam.example", "organizations").await;
    assert_ne!(claims(&rupert["id_token"])["nonce"], "the nonce");

    let niaj = browser.code_for("niaj@fabrikam.example", "organizations").await;
    assert_eq!(browser.token("organizations", &niaj).await.status, StatusCode::TOO_MANY_REQUESTS);

    let peggy = browser.pick("peggy@fabrikam.example", "organizations", &request()).await;
    assert_eq!(peggy.returned("state").as_deref(), Some("unrequested-value"));

    for (username, status) in [("olivia@fabrikam.example", 503), (ALICE, 200)] {
        let tokens = browser.tokens_for(username, "organizations").await;
        let oid = &claims(&tokens["access_token"])["oid"];
        let body = json!({ "token": tokens["access_token"], "appId": SPA, "userId": oid });
        let path = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
        assert_eq!(signed(&browser, Method::POST, path, &body.to_string()).await.status, status, "{username}");
    }
}

#[tokio::test]
async fn each_service_has_its_own_clock() {
    let mut browser = Browser::new();
    browser.emulator.set_faults(Faults { entra_clock: 3600, ..Faults::NONE });
    assert_eq!(browser.get(METADATA).await.header("date"), Some("Sat, 21 Nov 2026 09:00:00 GMT"));
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    assert_eq!(claims(&tokens["id_token"])["iat"], NOW + 3600);

    let identities = "/identities?api-version=2023-10-01";
    let response = signed(&browser, Method::POST, identities, "").await;
    assert_eq!(
        (response.status, response.header("date")),
        (StatusCode::CREATED, Some("Sat, 21 Nov 2026 08:00:00 GMT"))
    );
    browser.emulator.set_faults(Faults { acs_clock: -301, ..Faults::NONE });
    let response = signed(&browser, Method::POST, identities, "").await;
    assert_eq!(
        (response.status, response.header("date")),
        (StatusCode::UNAUTHORIZED, Some("Sat, 21 Nov 2026 07:54:59 GMT"))
    );
    assert_eq!(browser.get(METADATA).await.header("date"), Some("Sat, 21 Nov 2026 08:00:00 GMT"));
}

#[tokio::test]
async fn the_fault_coop_changes_the_opener_policy() {
    let mut browser = Browser::new();
    for (coop, sent) in [(None, None), (Some(true), Some("same-origin")), (Some(false), None)] {
        browser.emulator.set_faults(Faults { coop, ..Faults::NONE });
        let page = browser.authorize("organizations", &request()).await;
        assert_eq!(page.header("cross-origin-opener-policy"), sent, "{coop:?}");
    }
}

#[tokio::test]
async fn a_fault_of_the_id_token_applies_to_refreshed_ones() {
    let mut browser = Browser::new();
    let tokens = browser.tokens_for(ALICE, "organizations").await;
    let fault = Some(IdTokenFault::AnotherPerson);
    browser.emulator.set_faults(Faults { id_token: fault, ..Faults::NONE });
    let renewed = browser.token("organizations", &crate::browser::renewal(&tokens["refresh_token"])).await.json();
    assert_ne!(claims(&renewed["id_token"])["oid"], claims(&tokens["id_token"])["oid"]);
}
