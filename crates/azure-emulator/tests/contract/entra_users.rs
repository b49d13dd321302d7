use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use azure_emulator::{CALLERS, CONTOSO, FABRIKAM, account};
use serde_json::{Value, json};

use crate::{
    backend::{DATE, signed, signed_with},
    browser::{API_SCOPE, Browser, Response, SPA, claims, oneshot, redemption, request},
};

const ALICE: &str = "alice@fabrikam.example";
const EXCHANGE: &str = "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview";
const VERSION: &str = "api-version=2025-03-02-preview";
const CLIENTS: &str = "https://communication.azure.com/clients";

fn alice() -> &'static str {
    account(ALICE).unwrap().home.id
}

fn assignment() -> Value {
    json!({ "tenantId": FABRIKAM.id, "principalType": "user", "clientIds": [SPA] })
}

/// The path of an assignment.
fn at(object_id: &str) -> String {
    format!("/access/entra/assignments/{object_id}?{VERSION}")
}

async fn put(browser: &Browser, object_id: &str, assignment: &Value) -> Response {
    signed(browser, Method::PUT, &at(object_id), &assignment.to_string()).await
}

async fn patch(browser: &Browser, changes: &Value) -> Response {
    let path = format!("/access/entra/assignments?{VERSION}");
    let content_type = "application/merge-patch+json";
    signed_with(browser, DATE, content_type, Method::PATCH, &path, &changes.to_string()).await
}

async fn listed(browser: &Browser) -> Value {
    signed(browser, Method::GET, &format!("/access/entra/assignments?{VERSION}"), "").await.json()
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
    let request = Request::post(EXCHANGE)
        .header("origin", "http://localhost:8080")
        .header("authorization", format!("Bearer {}", token.as_str().unwrap()));
    oneshot(browser.emulator.acs_router(), request.body(Body::from("{}")).unwrap()).await
}

#[tokio::test]
async fn an_assigned_person_exchanges_a_token_from_a_browser() {
    let mut browser = Browser::new();
    assert_eq!(put(&browser, alice(), &assignment()).await.status, StatusCode::CREATED);
    let token = token_for(&mut browser, &format!("{CLIENTS}/VoIP.Join {CLIENTS}/Chat")).await;
    let response = exchange(&browser, &token).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    let body = response.json();
    let id = body["identity"]["id"].as_str().unwrap();
    assert_eq!(id, format!("8:acs:ac500000-0000-4000-8000-000000000030_{}_{}", FABRIKAM.id, alice()));
    let acs_token = claims(&body["accessToken"]["token"]);
    assert_eq!((&acs_token["acsScope"], &acs_token["exp"]), (&"voip.join,chat".into(), &claims(&token)["exp"]));
}

#[tokio::test]
async fn a_browser_can_send_the_exchange_and_read_its_errors() {
    let browser = Browser::new();
    let preflight = Request::options(EXCHANGE)
        .header("origin", "http://localhost:8080")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let preflight = oneshot(browser.emulator.acs_router(), preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(preflight.header("access-control-allow-headers"), Some("authorization,content-type"));
    assert_eq!(exchange(&browser, &"x".into()).await.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn forbids_the_exchange_without_an_assignment_of_person_tenant_and_application() {
    let mut browser = Browser::new();
    let token = token_for(&mut browser, &format!("{CLIENTS}/.default")).await;
    let other = "bad00000-0000-4000-8000-000000000bad";
    let mut cases = vec![(other, assignment())];
    for (member, value) in
        [("tenantId", json!(CONTOSO.id)), ("clientIds", json!([other])), ("principalType", json!("group"))]
    {
        let mut case = assignment();
        case[member] = value;
        cases.push((alice(), case));
    }
    assert_eq!(exchange(&browser, &token).await.status, StatusCode::FORBIDDEN);
    for (object_id, assignment) in cases {
        put(&browser, object_id, &assignment).await;
        let response = exchange(&browser, &token).await;
        assert_eq!((response.status, &response.json()["error"]["code"]), (StatusCode::FORBIDDEN, &"Forbidden".into()));
    }
}

#[tokio::test]
async fn an_assignment_of_the_tenant_covers_its_people() {
    let mut browser = Browser::new();
    let token = token_for(&mut browser, &format!("{CLIENTS}/VoIP")).await;
    let everyone = json!({ "tenantId": FABRIKAM.id, "principalType": "tenant", "clientIds": [SPA] });
    put(&browser, FABRIKAM.id, &everyone).await;
    assert_eq!(exchange(&browser, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_assignment_of_a_group_covers_its_members_only() {
    let mut browser = Browser::new();
    let token = token_for(&mut browser, &format!("{CLIENTS}/VoIP")).await;
    let group = json!({ "tenantId": FABRIKAM.id, "principalType": "group", "clientIds": [SPA] });
    let as_tenant = json!({ "tenantId": FABRIKAM.id, "principalType": "tenant", "clientIds": [SPA] });
    for (id, assignment) in [(FABRIKAM.id, &group), (alice(), &group), (CALLERS.id, &as_tenant)] {
        put(&browser, id, assignment).await;
        assert_eq!(exchange(&browser, &token).await.status, StatusCode::FORBIDDEN, "{id} {assignment}");
    }
    put(&browser, CALLERS.id, &group).await;
    assert_eq!(exchange(&browser, &token).await.status, StatusCode::OK);

    let request = request().with("scope", &format!("openid {CLIENTS}/VoIP"));
    let code = browser.pick("heidi@fabrikam.example", "organizations", &request).await.returned("code").unwrap();
    let redemption = redemption(&code).with("scope", &format!("{CLIENTS}/VoIP"));
    let heidi = browser.token("organizations", &redemption).await.json()["access_token"].clone();
    assert_eq!(exchange(&browser, &heidi).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn rejects_tokens_for_other_audiences_and_expired_ones() {
    let mut browser = Browser::new();
    put(&browser, alice(), &assignment()).await;
    let for_teams = token_for(&mut browser, "https://auth.msft.communication.azure.com/.default").await;
    let for_the_api = token_for(&mut browser, API_SCOPE).await;
    for token in [for_teams, for_the_api, "AAD.TOKEN.A1".into(), "".into()] {
        let response = exchange(&browser, &token).await;
        assert_eq!(
            (response.status, &response.json()["error"]["code"]),
            (StatusCode::UNAUTHORIZED, &"InvalidAccessToken".into())
        );
    }
    let good = token_for(&mut browser, &format!("{CLIENTS}/VoIP")).await;
    browser.emulator.advance(3900);
    assert_eq!(exchange(&browser, &good).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn puts_gets_lists_and_deletes_an_assignment() {
    let browser = Browser::new();
    let mut described = assignment();
    described["objectId"] = alice().into();
    assert_eq!(put(&browser, alice(), &assignment()).await.json(), described);
    assert_eq!(put(&browser, alice(), &assignment()).await.status, StatusCode::OK);
    assert_eq!(signed(&browser, Method::GET, &at(alice()), "").await.json(), described);
    assert_eq!(listed(&browser).await, json!({ "value": [described] }));
    assert_eq!(signed(&browser, Method::DELETE, &at(alice()), "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(signed(&browser, Method::GET, &at(alice()), "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(signed(&browser, Method::DELETE, &at(alice()), "").await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn rejects_an_incomplete_assignment() {
    let browser = Browser::new();
    for member in ["tenantId", "principalType", "clientIds"] {
        for value in [Value::Null, json!(""), json!([]), json!(["x"])] {
            let mut incomplete = assignment();
            incomplete[member] = value;
            assert_eq!(put(&browser, alice(), &incomplete).await.status, StatusCode::BAD_REQUEST, "{incomplete}");
        }
    }
    assert_eq!(put(&browser, "alice", &assignment()).await.status, StatusCode::BAD_REQUEST);
}

// RFC 7396
#[tokio::test]
async fn a_patch_merges_adds_and_removes_or_changes_nothing() {
    let browser = Browser::new();
    let (bob, other) = (account("bob@contoso.example").unwrap().home.id, "bad00000-0000-4000-8000-000000000bad");
    put(&browser, alice(), &assignment()).await;

    let half_wrong = json!({ alice(): null, bob: { "tenantId": CONTOSO.id } });
    assert_eq!(patch(&browser, &half_wrong).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(listed(&browser).await["value"][0]["objectId"], alice());

    let merge = json!({
        alice(): { "clientIds": [other] },
        bob: { "tenantId": CONTOSO.id, "principalType": "user", "clientIds": [SPA] },
    });
    assert_eq!(patch(&browser, &merge).await.status, StatusCode::NO_CONTENT);
    let all = listed(&browser).await;
    assert_eq!((&all["value"][0]["clientIds"], &all["value"][0]["tenantId"]), (&json!([other]), &FABRIKAM.id.into()));
    assert_eq!(all["value"][1]["objectId"], bob);

    patch(&browser, &json!({ alice(): null })).await;
    assert_eq!(listed(&browser).await["value"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn assignments_need_the_access_key_the_preview_version_and_the_patch_media_type() {
    let browser = Browser::new();
    let path = format!("/access/entra/assignments?{VERSION}");
    let unsigned = Request::get(&path).header("host", "localhost:8402").body(Body::empty()).unwrap();
    assert_eq!(oneshot(browser.emulator.acs_router(), unsigned).await.status, StatusCode::UNAUTHORIZED);
    let stable = signed(&browser, Method::GET, "/access/entra/assignments?api-version=2025-06-30", "").await;
    assert_eq!(stable.json()["error"]["code"], "UnsupportedApiVersionValue");
    assert_eq!(signed(&browser, Method::PATCH, &path, "{}").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
