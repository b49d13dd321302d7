use axum::http::{Method, StatusCode};
use azure_emulator::{CONTOSO, FABRIKAM, Faults, IdTokenFault, TokenRequest};
use serde_json::{Value, json};

use crate::browser::{Browser, ENTRA, NOW, SPA, claims, renewal, request, segment};

const ALICE: &str = "alice@fabrikam.example";

async fn id_token_with(browser: &mut Browser, fault: IdTokenFault) -> Value {
    browser.emulator.set_faults(Faults { id_token: Some(fault), ..Faults::default() });
    browser.tokens_for(ALICE, "organizations").await["id_token"].clone()
}

/// Asserts that the claims of a correct token and of one with `fault` differ in `names` only, and returns the latter.
async fn assert_differs_only_in(browser: &mut Browser, fault: IdTokenFault, names: &[&str]) -> Value {
    browser.emulator.set_faults(Faults::default());
    let good = claims(&browser.tokens_for(ALICE, "organizations").await["id_token"]);
    let bad = claims(&id_token_with(browser, fault).await);
    for (name, value) in good.as_object().unwrap() {
        let same = bad.get(name) == Some(value);
        assert_eq!(same, !names.contains(&name.as_str()) && name != "uti", "{name}");
    }
    bad
}

#[tokio::test]
async fn a_fault_changes_only_its_own_claims() {
    let mut browser = Browser::new();
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::WrongNonce, &["nonce"]).await;
    assert!(bad["nonce"].is_string());
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::WrongAudience, &["aud"]).await;
    assert_ne!(bad["aud"], SPA);
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::SecondAudience, &["aud"]).await;
    assert_eq!(bad["aud"][0], SPA);
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::AudienceList, &["aud"]).await;
    assert_eq!(bad["aud"], json!([SPA]));
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::WrongIssuer, &["iss"]).await;
    assert_eq!(bad["iss"], format!("{ENTRA}/{}/v2.0", CONTOSO.id));
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::WrongTenant, &["iss", "tid"]).await;
    assert_eq!(bad["tid"], CONTOSO.id);
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::TenantNotGuid, &["iss", "tid"]).await;
    assert_eq!((&bad["iss"], &bad["tid"]), (&format!("{ENTRA}/organizations/v2.0").into(), &"organizations".into()));
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::Expired, &["iat", "nbf", "exp"]).await;
    assert_eq!(bad["exp"], NOW - 3600);
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::IssuedInFuture, &["iat"]).await;
    assert_eq!(bad["iat"], NOW + 600);
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::NotYetValid, &["nbf"]).await;
    assert_eq!(bad["nbf"], NOW + 600);
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::ExpiryText, &["exp"]).await;
    assert!(bad["exp"].is_string());
    let names = ["name", "oid", "preferred_username", "sub"];
    assert_differs_only_in(&mut browser, IdTokenFault::AnotherPerson, &names).await;
    assert_differs_only_in(&mut browser, IdTokenFault::WrongSubject, &["sub"]).await;
    assert_differs_only_in(&mut browser, IdTokenFault::WrongVersion, &["ver"]).await;
    let bad = assert_differs_only_in(&mut browser, IdTokenFault::WrongAuthorizedParty, &[]).await;
    assert!(bad["azp"].is_string());
}

#[tokio::test]
async fn a_fault_removes_only_its_own_claim() {
    let mut browser = Browser::new();
    for (fault, name) in [
        (IdTokenFault::MissingAudience, "aud"),
        (IdTokenFault::MissingExpiry, "exp"),
        (IdTokenFault::MissingIssuedAt, "iat"),
        (IdTokenFault::MissingIssuer, "iss"),
        (IdTokenFault::MissingNonce, "nonce"),
        (IdTokenFault::MissingObjectId, "oid"),
        (IdTokenFault::MissingSubject, "sub"),
        (IdTokenFault::MissingTenant, "tid"),
    ] {
        let bad = assert_differs_only_in(&mut browser, fault, &[name]).await;
        assert!(bad.get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_fault_of_the_header_does_not_change_the_claims() {
    let mut browser = Browser::new();
    for (fault, name, value) in [
        (IdTokenFault::AlgNone, "alg", json!("none")),
        (IdTokenFault::Hs256PublicKey, "alg", json!("HS256")),
        (IdTokenFault::Rs512, "alg", json!("RS512")),
        (IdTokenFault::AccessTokenType, "typ", json!("at+jwt")),
        (IdTokenFault::CriticalHeader, "crit", json!(["unknown"])),
        (IdTokenFault::MissingKeyId, "kid", Value::Null),
        (IdTokenFault::BadSignature, "alg", json!("RS256")),
    ] {
        assert_differs_only_in(&mut browser, fault, &[]).await;
        assert_eq!(segment(&id_token_with(&mut browser, fault).await, 0)[name], value, "{fault:?}");
    }
    let keys = browser.get("/organizations/discovery/v2.0/keys").await.json();
    let published = &keys["keys"][0];
    for (fault, known) in
        [(IdTokenFault::ForeignKey, true), (IdTokenFault::EmbeddedKey, true), (IdTokenFault::UnknownKey, false)]
    {
        let header = segment(&id_token_with(&mut browser, fault).await, 0);
        assert_eq!(header["kid"] == published["kid"], known, "{fault:?}");
        assert_ne!(header["jwk"]["n"], published["n"]);
    }
}

#[tokio::test]
async fn an_unsigned_token_has_alg_none_and_no_signature() {
    let token = id_token_with(&mut Browser::new(), IdTokenFault::AlgNone).await;
    assert_eq!(segment(&token, 0)["alg"], "none");
    assert!(token.as_str().unwrap().ends_with('.'));
}

#[tokio::test]
async fn the_fault_pkce_unchecked_accepts_a_missing_verifier() {
    let mut browser = Browser::new();
    browser.emulator.set_faults(Faults { pkce_unchecked: true, ..Faults::default() });
    let redemption = browser.code_for(ALICE, "organizations").await.without("code_verifier");
    assert_eq!(browser.token("organizations", &redemption).await.status, StatusCode::OK);
}

#[tokio::test]
async fn sets_and_ends_faults_over_http() {
    let mut browser = Browser::new();
    let json = [("content-type", "application/json")];
    let set = browser.send(Method::POST, "/emulator/fault", &json, r#"{"idToken":"wrong_tenant"}"#).await;
    assert_eq!((&set.json()["idToken"], &set.json()["token"]), (&"wrong_tenant".into(), &Value::Null));
    let bad = browser.tokens_for(ALICE, "organizations").await;
    assert_eq!(claims(&bad["id_token"])["tid"], CONTOSO.id);

    browser.send(Method::POST, "/emulator/fault", &json, "{}").await;
    let good = browser.tokens_for(ALICE, "organizations").await;
    assert_eq!(claims(&good["id_token"])["tid"], FABRIKAM.id);
}

#[tokio::test]
async fn rejects_unknown_faults() {
    let mut browser = Browser::new();
    let json = [("content-type", "application/json")];
    for body in ["", r#"{"idToken":"wrong_color"}"#, r#"{"idtoken":null}"#] {
        let response = browser.send(Method::POST, "/emulator/fault", &json, body).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn rejects_faults_from_pages_of_another_origin() {
    let mut browser = Browser::new();
    let response = browser.send(Method::POST, "/emulator/fault", &[("content-type", "text/plain")], "{}").await;
    assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let preflight = browser.send(Method::OPTIONS, "/emulator/fault", &[], "").await;
    assert_eq!(preflight.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    // From the security review's list of attacks that fail.
    let mut browser = Browser::new();
    for path in ["/emulator/fault", "/emulator/consent", "/emulator/clock", "/emulator/keys", "/emulator/reset"] {
        for site in ["cross-site", "same-site", "none"] {
            for kind in ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"] {
                let headers = [("content-type", kind), ("sec-fetch-site", site)];
                let response = browser.send(Method::POST, path, &headers, "discovery=unavailable&advance=9").await;
                assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {site} {kind}");
            }
        }
    }
    let metadata = browser.get("/organizations/v2.0/.well-known/openid-configuration").await;
    assert_eq!((metadata.status, metadata.header("date")), (StatusCode::OK, Some("Sat, 21 Nov 2026 08:00:00 GMT")));
}

#[tokio::test]
async fn logs_token_requests_without_their_secrets() {
    let mut browser = Browser::new();
    assert_eq!(browser.emulator.token_requests(), []);
    let redemption = browser.code_for(ALICE, "organizations").await;
    browser.token("organizations", &redemption).await;
    browser.send(Method::POST, "/organizations/oauth2/v2.0/token", &[], "grant_type=secret").await;

    let seen = |grant_type, origin| TokenRequest { method: "POST".to_owned(), grant_type, origin };
    assert_eq!(browser.emulator.token_requests(), [seen(Some("authorization_code"), true), seen(None, false)]);
    let log = browser.get("/emulator/log").await.json();
    assert_eq!(log["tokenRequests"][0], json!({ "method": "POST", "grantType": "authorization_code", "origin": true }));
    assert_eq!(log["tokenRequests"][1]["grantType"], Value::Null);
}

async fn set_consent(browser: &mut Browser, body: &str) -> StatusCode {
    browser.send(Method::POST, "/emulator/consent", &[("content-type", "application/json")], body).await.status
}

#[tokio::test]
async fn gives_and_withdraws_consent_over_http() {
    const DAVE: &str = "dave@fabrikam.example";
    let mut browser = Browser::new();
    assert_eq!(set_consent(&mut browser, &json!({ "account": DAVE, "given": true }).to_string()).await, StatusCode::OK);
    assert!(browser.pick(DAVE, "organizations", &request()).await.returned("code").is_some());

    let alice = browser.tokens_for(ALICE, "organizations").await;
    set_consent(&mut browser, &json!({ "account": ALICE, "given": false }).to_string()).await;
    let refused = browser.token("organizations", &renewal(&alice["refresh_token"])).await;
    refused.assert_refused(65001, "invalid_grant");
    let silent = browser.authorize("organizations", &request().with("prompt", "none")).await;
    silent.assert_returned(65001, "consent_required");
    let given = browser.decide(&[("decision", "accept")], "organizations", &request()).await;
    assert!(given.returned("code").is_some());
}

#[tokio::test]
async fn rejects_malformed_and_foreign_changes_of_consent() {
    let mut browser = Browser::new();
    for body in ["", "{}", r#"{"account":"mallory@fabrikam.example","given":true}"#, r#"{"account":"x","given":"yes"}"#]
    {
        assert_eq!(set_consent(&mut browser, body).await, StatusCode::BAD_REQUEST, "{body}");
    }
    let foreign = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    let body = "account=dave%40fabrikam.example&given=true";
    let response = browser.send(Method::POST, "/emulator/consent", &foreign, body).await;
    assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
