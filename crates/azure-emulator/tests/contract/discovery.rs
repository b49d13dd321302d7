use axum::http::StatusCode;
use azure_emulator::FABRIKAM;

use crate::browser::{Browser, ENTRA, segment};

#[tokio::test]
async fn a_shared_authority_leaves_the_tenant_of_the_issuer_open() {
    // SEC-141
    let mut browser = Browser::new();
    for tenant in ["organizations", "common"] {
        let response = browser.get(&format!("/{tenant}/v2.0/.well-known/openid-configuration")).await;
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        let metadata = response.json();
        assert_eq!(metadata["issuer"], format!("{ENTRA}/{{tenantid}}/v2.0"));
        assert_eq!(metadata["token_endpoint"], format!("{ENTRA}/{tenant}/oauth2/v2.0/token"));
        assert_eq!(metadata["authorization_endpoint"], format!("{ENTRA}/{tenant}/oauth2/v2.0/authorize"));
        assert_eq!(metadata["end_session_endpoint"], format!("{ENTRA}/{tenant}/oauth2/v2.0/logout"));
        // Entra does not announce S256, so clients must not require the announcement.
        assert!(metadata.get("code_challenge_methods_supported").is_none());
    }
}

#[tokio::test]
async fn metadata_names_the_tenant_by_its_id() {
    for tenant in [FABRIKAM.id, FABRIKAM.domain] {
        let metadata = Browser::new().get(&format!("/{tenant}/v2.0/.well-known/openid-configuration")).await.json();
        assert_eq!(metadata["issuer"], format!("{ENTRA}/{}/v2.0", FABRIKAM.id));
        assert_eq!(metadata["jwks_uri"], format!("{ENTRA}/{}/discovery/v2.0/keys", FABRIKAM.id));
    }
}

#[tokio::test]
async fn refuses_metadata_and_keys_of_an_unknown_tenant() {
    let mut browser = Browser::new();
    for path in ["/unknown.example/v2.0/.well-known/openid-configuration", "/unknown.example/discovery/v2.0/keys"] {
        browser.get(path).await.assert_refused(90002, "invalid_tenant");
    }
}

#[tokio::test]
async fn keys_name_their_issuer() {
    // SEC-141
    let mut browser = Browser::new();
    let response = browser.get("/organizations/discovery/v2.0/keys").await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    let key = &response.json()["keys"][0];
    assert_eq!(key["issuer"], format!("{ENTRA}/{{tenantid}}/v2.0"));
    assert_eq!((&key["kty"], &key["use"]), (&"RSA".into(), &"sig".into()));
    assert!(key.get("alg").is_none());
}

#[tokio::test]
async fn the_key_path_of_version_1_has_the_same_keys_with_and_without_an_application() {
    // REP-23
    let mut browser = Browser::new();
    browser.emulator.rotate_signing_keys();
    let keys = browser.get(&format!("/{}/discovery/v2.0/keys", FABRIKAM.id)).await.json();
    for query in ["", "?appid=acc00000-0000-4000-8000-000000000010"] {
        let response = browser.get(&format!("/{}/discovery/keys{query}", FABRIKAM.id)).await;
        assert_eq!((response.status, response.header("access-control-allow-origin")), (StatusCode::OK, Some("*")));
        assert_eq!(response.json(), keys);
    }
    assert_eq!(browser.emulator.key_requests(), 3);
    browser.get("/unknown.example/discovery/keys").await.assert_refused(90002, "invalid_tenant");
}

#[tokio::test]
async fn publishes_the_old_key_after_a_rotation() {
    let mut browser = Browser::new();
    let old = browser.tokens_for("alice@fabrikam.example", "organizations").await;
    browser.emulator.rotate_signing_keys();
    let new = browser.tokens_for("alice@fabrikam.example", "organizations").await;
    let keys = browser.get("/organizations/discovery/v2.0/keys").await.json();
    let kid = |tokens: &serde_json::Value| segment(&tokens["id_token"], 0)["kid"].clone();
    assert_eq!(keys["keys"][0]["kid"], kid(&new));
    assert_eq!(keys["keys"][1]["kid"], kid(&old));
}

#[tokio::test]
async fn every_response_has_an_id_and_a_date() {
    let mut browser = Browser::new();
    for path in ["/organizations/discovery/v2.0/keys", "/nowhere/discovery/v2.0/keys", "/emulator/", "/nothing"] {
        let response = browser.get(path).await;
        assert!(response.header("x-ms-request-id").is_some(), "{path}");
        assert_eq!(response.header("date"), Some("Sat, 21 Nov 2026 08:00:00 GMT"), "{path}");
    }
}
