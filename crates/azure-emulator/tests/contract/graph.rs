//! Microsoft Graph: what it refuses, and that what is registered there takes effect in a sign-in.

use axum::http::{Method, StatusCode};
use azure_emulator::{Emulator, FABRIKAM, Faults, Outage, Seed, account};
use serde_json::{Value, json};

use crate::browser::{ACS_SCOPES, Browser, Form, PAGE, Response, claims, options, redemption, request};

const ACS: &str = "1fd5118e-2576-4263-8130-9503064c837a";
const ALL: &str = "Directory.AccessAsUser.All";

/// A client of Graph, in tenants without applications.
struct Graph {
    browser: Browser,
    token: String,
}

impl Graph {
    fn of(username: &str, scopes: &str) -> Self {
        let emulator = Emulator::with_seed(options(), Seed::default().without_applications().numbered(1));
        let token = emulator.graph_token(account(username).unwrap(), scopes);
        Self { browser: Browser::of(emulator), token }
    }

    fn of_administrator() -> Self {
        Self::of("erin@fabrikam.example", ALL)
    }

    async fn send(&mut self, method: Method, path: &str, body: Value) -> Response {
        let token = format!("Bearer {}", self.token);
        let headers = [("authorization", &*token), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.browser.send(method, &format!("/v1.0/{path}"), &headers, &body).await
    }

    async fn get(&mut self, path: &str) -> Value {
        let response = self.send(Method::GET, path, Value::Null).await;
        assert_eq!(response.status, StatusCode::OK, "{path}: {}", response.body);
        response.json()
    }

    async fn create(&mut self, path: &str, body: Value) -> Value {
        let response = self.send(Method::POST, path, body).await;
        assert_eq!(response.status, StatusCode::CREATED, "{path}: {}", response.body);
        response.json()
    }

    async fn refusal(&mut self, method: Method, path: &str, body: Value) -> (u16, String) {
        let response = self.send(method, path, body).await;
        let error = response.json()["error"].clone();
        assert_eq!(error["innerError"]["request-id"].as_str().map(str::len), Some(36), "{error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
        (response.status.as_u16(), error["code"].as_str().unwrap().to_owned())
    }

    /// The application id and object id of a single-tenant page.
    async fn register_page(&mut self, platform: &str) -> (String, String) {
        let body = json!({
            "displayName": "Page",
            "signInAudience": "AzureADMyOrg",
            platform: { "redirectUris": ["http://localhost:8080/"] },
        });
        let page = self.create("applications", body).await;
        (page["appId"].as_str().unwrap().to_owned(), page["id"].as_str().unwrap().to_owned())
    }
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn refuses_tokens_that_are_missing_expired_or_for_another_audience() {
    let mut graph = Graph::of_administrator();
    let invalid = refused(401, "InvalidAuthenticationToken");
    let valid = graph.token.clone();
    for token in ["", "x.y.z", &valid[..valid.len() - 2]] {
        graph.token = token.to_owned();
        assert_eq!(graph.refusal(Method::GET, "me", Value::Null).await, invalid, "{token}");
    }
    let mut other = Browser::new();
    let tokens = other.tokens_for("alice@fabrikam.example", "organizations").await;
    graph = Graph { browser: other, token: tokens["access_token"].as_str().unwrap().to_owned() };
    assert_eq!(graph.refusal(Method::GET, "me", Value::Null).await, invalid);

    let mut graph = Graph::of_administrator();
    graph.browser.emulator.advance(3900);
    assert_eq!(graph.refusal(Method::GET, "me", Value::Null).await, invalid);
}

#[tokio::test]
async fn a_change_needs_the_scope_and_the_role() {
    let denied = refused(403, "Authorization_RequestDenied");
    let page = json!({ "displayName": "Page" });
    for (username, scopes) in [
        ("erin@fabrikam.example", "User.Read"),
        ("erin@fabrikam.example", "Application.Read.All"),
        ("alice@fabrikam.example", ALL),
    ] {
        let mut graph = Graph::of(username, scopes);
        assert_eq!(graph.refusal(Method::POST, "applications", page.clone()).await, denied, "{username} {scopes}");
        let principal = json!({ "appId": ACS });
        assert_eq!(graph.refusal(Method::POST, "servicePrincipals", principal).await, denied, "{username} {scopes}");
    }
    let mut graph = Graph::of("erin@fabrikam.example", "Application.ReadWrite.All User.Read");
    graph.create("servicePrincipals", json!({ "appId": ACS })).await;
    let grant = json!({ "clientId": "a", "consentType": "AllPrincipals", "resourceId": "b", "scope": "c" });
    assert_eq!(graph.refusal(Method::POST, "oauth2PermissionGrants", grant).await, denied);
    assert_eq!(Graph::of("erin@fabrikam.example", "").refusal(Method::GET, "applications", Value::Null).await, denied);
}

#[tokio::test]
async fn an_empty_tenant_has_the_service_principal_of_graph_only() {
    let mut graph = Graph::of_administrator();
    assert_eq!(graph.get("applications").await["value"], json!([]));
    let principals = graph.get("servicePrincipals?$select=displayName").await;
    assert_eq!(principals["value"], json!([{ "displayName": "Microsoft Graph" }]));
    assert_eq!(graph.get("organization?$select=id").await["value"], json!([{ "id": FABRIKAM.id }]));
    assert_eq!(graph.get("me").await["userPrincipalName"], "erin@fabrikam.example");
    let roles = graph.get("me/transitiveMemberOf").await;
    assert_eq!(roles["value"][0]["roleTemplateId"], "62e90394-69f5-4237-9190-012177145e10");

    let sign_in = graph.browser.authorize("organizations", &request()).await;
    sign_in.assert_page(700_016);
}

#[tokio::test]
async fn follows_pages_and_filters() {
    let mut graph = Graph::of_administrator();
    for name in ["One", "It's", "One"] {
        graph.create("applications", json!({ "displayName": name })).await;
    }
    let first = graph.get("applications?$top=2&$select=displayName").await;
    assert_eq!(first["value"], json!([{ "displayName": "One" }, { "displayName": "It's" }]));
    let next = first["@odata.nextLink"].as_str().unwrap();
    let (_, next) = next.split_once("/v1.0/").unwrap();
    let second = graph.get(next).await;
    assert_eq!(second["value"], json!([{ "displayName": "One" }]));
    assert_eq!(second.get("@odata.nextLink"), None);
    let filtered = graph.get("applications?$filter=displayName%20eq%20'It''s'").await;
    assert_eq!(filtered["value"].as_array().map(Vec::len), Some(1));
    let unsupported = refused(400, "Request_UnsupportedQuery");
    for query in ["$filter=displayName%20ne%20'One'", "$orderby=id", "$top=0"] {
        assert_eq!(graph.refusal(Method::GET, &format!("applications?{query}"), Value::Null).await, unsupported);
    }
}

#[tokio::test]
async fn refuses_invalid_bodies_duplicates_and_unknown_objects() {
    let mut graph = Graph::of_administrator();
    let bad = refused(400, "Request_BadRequest");
    for body in [
        json!({}),
        json!({ "displayName": "Page", "redirectUris": [] }),
        json!({ "displayName": "Page", "spa": { "redirectUris": ["http://signin.example/"] } }),
        json!({ "displayName": "Page", "spa": { "redirectUris": ["https://signin.example/#a"] } }),
        json!({ "displayName": "Page", "signInAudience": "Everyone" }),
        json!({ "displayName": "Page", "api": { "requestedAccessTokenVersion": 3 } }),
        json!({ "displayName": "Page", "requiredResourceAccess": [{ "resourceAppId": "acs", "resourceAccess": [] }] }),
        json!({ "displayName": "Page", "api": { "preAuthorizedApplications": [
            { "appId": ACS, "delegatedPermissionIds": [ACS] }
        ] } }),
    ] {
        assert_eq!(graph.refusal(Method::POST, "applications", body.clone()).await, bad, "{body}");
    }
    let unknown = refused(404, "Request_ResourceNotFound");
    assert_eq!(graph.refusal(Method::GET, "applications/x", Value::Null).await, unknown);
    assert_eq!(graph.refusal(Method::PATCH, "applications/x", json!({})).await, unknown);
    assert_eq!(graph.refusal(Method::DELETE, "servicePrincipals/x", Value::Null).await, unknown);
    assert_eq!(graph.refusal(Method::GET, "users", Value::Null).await, refused(400, "BadRequest"));

    let principal = json!({ "appId": ACS });
    let acs = graph.create("servicePrincipals", principal.clone()).await;
    let exists = refused(409, "Request_MultipleObjectsWithSameKeyValue");
    assert_eq!(graph.refusal(Method::POST, "servicePrincipals", principal).await, exists);
    let no_application = json!({ "appId": FABRIKAM.id });
    let missing = refused(400, "NoBackingApplicationObject");
    assert_eq!(graph.refusal(Method::POST, "servicePrincipals", no_application).await, missing);

    let (app_id, _) = graph.register_page("spa").await;
    let page = graph.create("servicePrincipals", json!({ "appId": app_id })).await;
    let grant = json!({
        "clientId": page["id"], "resourceId": acs["id"], "consentType": "AllPrincipals", "scope": "Teams.ManageCalls",
    });
    graph.create("oauth2PermissionGrants", grant.clone()).await;
    assert_eq!(graph.refusal(Method::POST, "oauth2PermissionGrants", grant).await, exists);
}

#[tokio::test]
async fn an_update_keeps_the_properties_that_it_does_not_name() {
    let mut graph = Graph::of_administrator();
    let (_, id) = graph.register_page("spa").await;
    let path = format!("applications/{id}");
    let change =
        json!({ "api": { "requestedAccessTokenVersion": 2 }, "authenticationBehaviors": { "coopEnforcement": true } });
    let response = graph.send(Method::PATCH, &path, change).await;
    assert_eq!((response.status, &*response.body), (StatusCode::NO_CONTENT, ""));
    let page = graph.get(&path).await;
    assert_eq!(page["spa"]["redirectUris"], json!([PAGE]));
    assert_eq!(page["api"]["requestedAccessTokenVersion"], 2);
    assert_eq!(page["api"]["oauth2PermissionScopes"], json!([]));
    assert_eq!(page.get("authenticationBehaviors"), None);
    let behaviors = graph.get(&format!("{path}?$select=authenticationBehaviors")).await;
    assert_eq!(behaviors, json!({ "authenticationBehaviors": { "coopEnforcement": true } }));
}

#[tokio::test]
async fn a_new_object_is_not_visible_for_as_many_requests_as_the_fault_says() {
    let mut graph = Graph::of_administrator();
    graph.browser.emulator.set_faults(Faults { graph_lag: 2, ..Faults::default() });
    let (app_id, id) = graph.register_page("spa").await;
    let path = format!("applications/{id}");
    let unknown = refused(404, "Request_ResourceNotFound");
    assert_eq!(graph.refusal(Method::GET, &path, Value::Null).await, unknown);
    let principal = json!({ "appId": app_id });
    let missing = refused(400, "NoBackingApplicationObject");
    assert_eq!(graph.refusal(Method::POST, "servicePrincipals", principal.clone()).await, missing);
    graph.get(&path).await;
    graph.create("servicePrincipals", principal).await;
}

#[tokio::test]
async fn an_outage_of_graph_concerns_graph_only() {
    let mut graph = Graph::of_administrator();
    graph.browser.emulator.set_faults(Faults { graph: Some(Outage::ThrottledSeconds), ..Faults::default() });
    let response = graph.send(Method::GET, "me", Value::Null).await;
    assert_eq!((response.status, response.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("2")));
    let metadata = graph.browser.get("/organizations/v2.0/.well-known/openid-configuration").await;
    assert_eq!(metadata.status, StatusCode::OK);
}

/// Signs Alice in to Fabrikam's page, and returns the response to the sign-in page.
async fn sign_in(graph: &mut Graph, app_id: &str) -> Response {
    let request = request().with("client_id", app_id).with("scope", &format!("openid {ACS_SCOPES}"));
    graph.browser.pick("alice@fabrikam.example", FABRIKAM.id, &request).await
}

#[tokio::test]
async fn a_registration_needs_service_principals_and_consent_before_alice_signs_in() {
    let mut graph = Graph::of_administrator();
    let (app_id, id) = graph.register_page("spa").await;
    sign_in(&mut graph, &app_id).await.assert_returned(650_052, "invalid_client");

    let acs = graph.create("servicePrincipals", json!({ "appId": ACS })).await;
    let page = graph.create("servicePrincipals", json!({ "appId": app_id })).await;
    let response = sign_in(&mut graph, &app_id).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::OK, None), "the consent page appears");

    let grant = json!({
        "clientId": page["id"], "resourceId": acs["id"], "consentType": "AllPrincipals", "scope": "Teams.ManageCalls",
    });
    let grant = graph.create("oauth2PermissionGrants", grant).await;
    assert_eq!(sign_in(&mut graph, &app_id).await.header("location"), None, "one permission is missing");
    let path = format!("oauth2PermissionGrants/{}", grant["id"].as_str().unwrap());
    graph.send(Method::PATCH, &path, json!({ "scope": "Teams.ManageCalls Teams.ManageChats" })).await;

    let response = sign_in(&mut graph, &app_id).await;
    let redemption = redemption(&response.returned("code").unwrap()).with("client_id", &app_id);
    let tokens = graph.browser.token(FABRIKAM.id, &redemption).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);

    let deleted = graph.send(Method::DELETE, &format!("applications/{id}"), Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(graph.get("oauth2PermissionGrants").await["value"], json!([]));
    sign_in(&mut graph, &app_id).await.assert_page(700_016);
}

#[tokio::test]
async fn a_browser_cannot_redeem_for_the_platform_web() {
    let mut graph = Graph::of_administrator();
    let (app_id, _) = graph.register_page("web").await;
    graph.create("servicePrincipals", json!({ "appId": ACS })).await;
    let request = request().with("client_id", &app_id).with("scope", &format!("openid {ACS_SCOPES}"));
    graph.browser.pick("alice@fabrikam.example", FABRIKAM.id, &request).await;
    let response = graph.browser.decide(&[("decision", "accept")], FABRIKAM.id, &request).await;
    let redemption = redemption(&response.returned("code").unwrap()).with("client_id", &app_id);
    graph.browser.token(FABRIKAM.id, &redemption).await.assert_refused(9_002_326, "invalid_request");
}

#[tokio::test]
async fn an_api_issues_tokens_in_its_version_and_its_pre_authorization_replaces_consent() {
    let mut graph = Graph::of_administrator();
    let (app_id, _) = graph.register_page("spa").await;
    let scope = json!({ "id": "acce5500-0000-4000-8000-000000000001", "value": "access_as_user", "type": "User", "isEnabled": true });
    let body = json!({
        "displayName": "API",
        "signInAudience": "AzureADMyOrg",
        "api": { "requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [scope] },
    });
    let api = graph.create("applications", body).await;
    let (api_id, path) = (api["appId"].as_str().unwrap(), format!("applications/{}", api["id"].as_str().unwrap()));
    graph.create("servicePrincipals", json!({ "appId": api_id })).await;
    let clients = json!([{ "appId": app_id, "delegatedPermissionIds": [scope["id"]] }]);
    let change = json!({
        "identifierUris": [format!("api://{api_id}")], "api": { "preAuthorizedApplications": clients },
    });
    assert_eq!(graph.send(Method::PATCH, &path, change).await.status, StatusCode::NO_CONTENT);

    let scope = format!("openid api://{api_id}/access_as_user");
    let request = request().with("client_id", &app_id).with("scope", &scope);
    let response = graph.browser.pick("alice@fabrikam.example", FABRIKAM.id, &request).await;
    let code = response.returned("code").unwrap();
    let redemption = redemption(&code).with("client_id", &app_id).with("scope", &scope);
    let tokens = graph.browser.token(FABRIKAM.id, &redemption).await.json();
    let claims = claims(&tokens["access_token"]);
    assert_eq!((&claims["aud"], &claims["ver"]), (&json!(api_id), &json!("2.0")));
}

#[tokio::test]
async fn the_control_interface_issues_tokens_for_graph() {
    let mut graph = Graph::of("alice@fabrikam.example", "");
    let json = [("content-type", "application/json")];
    let body = json!({ "account": "erin@fabrikam.example", "scopes": ALL }).to_string();
    let response = graph.browser.send(Method::POST, "/emulator/graph-token", &json, &body).await;
    graph.token = response.json()["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(graph.get("me").await["displayName"], "Erin Elm");
    let response = graph.browser.send(Method::POST, "/emulator/graph-token", &[], &body).await;
    assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let form = Form::new(&[("account", "erin@fabrikam.example")]);
    assert_eq!(graph.browser.post("/emulator/graph-token", &form).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
