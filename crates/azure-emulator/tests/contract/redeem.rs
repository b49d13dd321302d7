use axum::http::{Method, StatusCode};
use azure_emulator::{CONTOSO, FABRIKAM, account};
use serde_json::Value;

use crate::browser::{
    ACS_SCOPES, API_SCOPE, Browser, ENTRA, FABRIKAM_SPA, Form, NOW, PAGE, SPA, WEB, claims, redemption, request,
    segment,
};

const ALICE: &str = "alice@fabrikam.example";
const BOB: &str = "bob@contoso.example";
const IVAN: &str = "ivan@fabrikam.example";
const TOKEN: &str = "/organizations/oauth2/v2.0/token";

/// Signs Alice in, changes the token request, and asserts that it is refused with this error.
async fn refused(browser: &mut Browser, change: impl FnOnce(Form) -> Form, code: u32, error: &str) {
    let redemption = change(browser.code_for(ALICE, "organizations").await);
    browser.token("organizations", &redemption).await.assert_refused(code, error);
}

#[tokio::test]
async fn redeems_a_code_for_all_tokens() {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await.with("client_info", "1");
    let response = browser.token("organizations", &redemption).await;
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert!(response.header("x-ms-request-id").is_some());
    let tokens = response.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["scope"], ACS_SCOPES);
    assert_eq!((&tokens["expires_in"], &tokens["ext_expires_in"]), (&3900.into(), &3900.into()));
    assert_eq!(tokens["refresh_token_expires_in"], 86_400);
    for member in ["access_token", "id_token", "refresh_token", "client_info"] {
        assert!(tokens[member].is_string(), "{member}");
    }
}

#[tokio::test]
async fn an_id_token_contains_person_client_and_nonce() {
    let tokens = Browser::new().tokens_for(ALICE, "organizations").await;
    let header = segment(&tokens["id_token"], 0);
    assert_eq!((&header["typ"], &header["alg"]), (&"JWT".into(), &"RS256".into()));
    let claims = claims(&tokens["id_token"]);
    for (name, value) in [
        ("aud", SPA),
        ("iss", &format!("{ENTRA}/{}/v2.0", FABRIKAM.id)),
        ("nonce", "the nonce"),
        ("oid", account(ALICE).unwrap().home.id),
        ("preferred_username", ALICE),
        ("tid", FABRIKAM.id),
        ("ver", "2.0"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!((&claims["iat"], &claims["nbf"], &claims["exp"]), (&NOW.into(), &NOW.into(), &(NOW + 3600).into()));
}

// SEC-141
#[tokio::test]
async fn the_token_for_acs_has_version_1() {
    let claims = claims(&Browser::new().tokens_for(ALICE, "organizations").await["access_token"]);
    for (name, value) in [
        ("aud", "https://auth.msft.communication.azure.com"),
        ("iss", &format!("{ENTRA}/sts/{}/", FABRIKAM.id)),
        ("appid", SPA),
        ("appidacr", "0"),
        ("scp", "Teams.ManageCalls Teams.ManageChats"),
        ("ver", "1.0"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!((claims.get("azp"), claims.get("idp")), (None, None));
}

// SEC-141
#[tokio::test]
async fn the_token_for_the_exchange_api_has_version_2() {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await.with("scope", API_SCOPE);
    let tokens = browser.token("organizations", &redemption).await.json();
    assert_eq!(tokens["scope"], API_SCOPE);
    assert_eq!((tokens.get("id_token"), tokens.get("refresh_token")), (None, None));
    let claims = claims(&tokens["access_token"]);
    for (name, value) in [
        ("aud", "e8c00000-0000-4000-8000-000000000020"),
        ("iss", &format!("{ENTRA}/{}/v2.0", FABRIKAM.id)),
        ("azp", SPA),
        ("azpacr", "0"),
        ("scp", "access_as_user"),
        ("ver", "2.0"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims.get("appid"), None);
}

#[tokio::test]
async fn a_guest_has_another_object_id_and_the_home_tenant_as_idp() {
    let mut browser = Browser::new();
    let at_home = claims(&browser.tokens_for(BOB, "organizations").await["access_token"]);
    let as_guest = claims(&browser.tokens_for(BOB, FABRIKAM.id).await["access_token"]);
    assert_eq!((&at_home["tid"], &as_guest["tid"]), (&CONTOSO.id.into(), &FABRIKAM.id.into()));
    assert_ne!(at_home["oid"], as_guest["oid"]);
    assert_eq!(as_guest["idp"], format!("{ENTRA}/sts/{}/", CONTOSO.id));
}

#[tokio::test]
async fn two_clients_get_different_subjects_of_one_person() {
    let mut browser = Browser::new();
    let one = browser.tokens_for(ALICE, FABRIKAM.id).await;
    let request = request().with("client_id", FABRIKAM_SPA);
    let code = browser.pick(ALICE, FABRIKAM.id, &request).await.returned("code").unwrap();
    let redemption = redemption(&code).with("client_id", FABRIKAM_SPA);
    let other = browser.token(FABRIKAM.id, &redemption).await.json();
    assert_ne!(claims(&one["id_token"])["sub"], claims(&other["id_token"])["sub"]);
}

#[tokio::test]
async fn refuses_the_second_redemption_of_a_code() {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await;
    assert_eq!(browser.token("organizations", &redemption).await.status, StatusCode::OK);
    browser.token("organizations", &redemption).await.assert_refused(54005, "invalid_grant");
}

#[tokio::test]
async fn a_code_expires_after_ten_minutes() {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await;
    browser.emulator.advance(600);
    let body = browser.token("organizations", &redemption).await.json();
    assert_eq!((&body["error"], &body["error_codes"][0]), (&"invalid_grant".into(), &70008.into()));
}

#[tokio::test]
async fn refuses_a_wrong_or_missing_verifier() {
    let mut browser = Browser::new();
    refused(&mut browser, |form| form.with("code_verifier", &"a".repeat(43)), 501_481, "invalid_grant").await;
    refused(&mut browser, |form| form.without("code_verifier"), 501_481, "invalid_grant").await;
    // RFC 7636 section 4.6: the challenge itself is not a verifier with S256.
    refused(&mut browser, |form| form.with("code_verifier", crate::browser::CHALLENGE), 501_481, "invalid_grant").await;
}

#[tokio::test]
async fn a_code_is_bound_to_its_client_and_redirect_uri() {
    let mut browser = Browser::new();
    refused(
        &mut browser,
        |form| form.with("redirect_uri", "http://localhost:8080/return.html"),
        500_112,
        "invalid_client",
    )
    .await;
    refused(&mut browser, |form| form.with("code", "another"), 70000, "invalid_grant").await;
    let redemption = browser.code_for(ALICE, FABRIKAM.id).await.with("client_id", FABRIKAM_SPA);
    browser.token(FABRIKAM.id, &redemption).await.assert_refused(70000, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_bound_to_its_tenant() {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await;
    browser.token(CONTOSO.id, &redemption).await.assert_refused(700_005, "invalid_grant");
}

#[tokio::test]
async fn refuses_missing_repeated_and_unknown_parameters() {
    let mut browser = Browser::new();
    for name in ["client_id", "grant_type", "code", "redirect_uri"] {
        refused(&mut browser, |form| form.without(name), 900_144, "invalid_request").await;
    }
    refused(&mut browser, |form| form.twice("code_verifier"), 9_000_411, "invalid_request").await;
    refused(&mut browser, |form| form.with("grant_type", "password"), 70003, "unsupported_grant_type").await;
    refused(&mut browser, |form| form.with("client_id", "unknown"), 700_016, "unauthorized_client").await;
    refused(&mut browser, |form| form.with("client_id", FABRIKAM_SPA), 50194, "invalid_request").await;
    refused(&mut browser, |form| form.with("scope", "https://unknown.example/x"), 70011, "invalid_scope").await;
    refused(
        &mut browser,
        |form| form.with("scope", "api://e8c00000-0000-4000-8000-000000000020/x"),
        650_053,
        "invalid_client",
    )
    .await;
    refused(&mut browser, |form| form.with("client_secret", "x"), 700_025, "invalid_client").await;
    let form = redemption("x");
    browser.token("unknown.example", &form).await.assert_refused(90002, "invalid_tenant");
}

#[tokio::test]
async fn refuses_two_resources_in_one_token_request() {
    let mut browser = Browser::new();
    refused(&mut browser, |form| form.with("scope", &format!("{ACS_SCOPES} {API_SCOPE}")), 28000, "invalid_scope")
        .await;
    refused(&mut browser, |form| form.without("scope"), 28000, "invalid_scope").await;
}

#[tokio::test]
async fn only_a_browser_redeems_codes_of_a_single_page_application() {
    let mut browser = Browser::new();
    let form = browser.code_for(ALICE, "organizations").await.encode();
    for headers in [&[][..], &[("origin", "null")][..]] {
        browser.send(Method::POST, TOKEN, headers, &form).await.assert_refused(9_002_327, "invalid_request");
    }
}

#[tokio::test]
async fn no_browser_redeems_codes_of_a_web_application() {
    let mut browser = Browser::new();
    let request = request().with("client_id", WEB);
    let code = browser.pick(ALICE, "organizations", &request).await.returned("code").unwrap();
    let form = redemption(&code).with("client_id", WEB);
    browser.token("organizations", &form).await.assert_refused(9_002_326, "invalid_request");
    assert_eq!(browser.send(Method::POST, TOKEN, &[], &form.encode()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn responds_to_a_preflight_and_refuses_other_methods() {
    let mut browser = Browser::new();
    let preflight = browser.send(Method::OPTIONS, TOKEN, &[("origin", PAGE)], "").await;
    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("POST, OPTIONS"));
    browser.get(TOKEN).await.assert_refused(900_561, "invalid_request");
}

// SEC-141
#[tokio::test]
async fn a_request_with_the_claims_of_the_challenge_gets_a_token() {
    let mut browser = Browser::new();
    let redemption_without = browser.code_for(IVAN, "organizations").await;
    let refused = browser.token("organizations", &redemption_without).await;
    refused.assert_refused(50076, "interaction_required");
    let Value::String(claims) = &refused.json()["claims"] else { panic!("{}", refused.body) };

    let request = request().with("claims", claims);
    let code = browser.authorize("organizations", &request).await.returned("code").unwrap();
    assert_eq!(browser.token("organizations", &redemption(&code)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_client_with_the_capability_cp1_gets_a_token_for_a_day() {
    let mut browser = Browser::new();
    let redemption = browser.code_for("alice@fabrikam.example", "organizations").await;
    let capable = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    let tokens = browser.token("organizations", &redemption.with("claims", capable)).await.json();
    assert_eq!(tokens["expires_in"], 24 * 3600);
    let token = claims(&tokens["access_token"]);
    assert_eq!((&token["xms_cc"], &token["exp"]), (&serde_json::json!(["cp1"]), &(NOW + 24 * 3600).into()));
    for incapable in ["", "{}", "cp1", r#"{"access_token":{"xms_cc":{"values":["cp2"]}}}"#] {
        let redemption = browser.code_for("alice@fabrikam.example", "organizations").await;
        let tokens = browser.token("organizations", &redemption.with("claims", incapable)).await.json();
        assert_eq!(tokens["expires_in"], 3900, "{incapable}");
        assert_eq!(claims(&tokens["access_token"]).get("xms_cc"), None);
    }
}
