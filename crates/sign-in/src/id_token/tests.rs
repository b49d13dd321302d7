//! The RP vectors of the validator. WebCrypto checks the signature itself; `tests/journey` tests that.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;
use crate::authority::Authority;

const CLIENT: &str = "acc00000-0000-4000-8000-000000000010";
const TENANT: &str = "fab00000-0000-4000-8000-000000000001";
const OTHER_TENANT: &str = "c0700000-0000-4000-8000-000000000002";
const NOW: u64 = 1_795_248_000;

fn claims() -> Value {
    json!({
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "aud": CLIENT,
        "iat": NOW, "nbf": NOW, "exp": NOW + 3600,
        "nonce": Nonce::new(&[2; 32]).as_str(),
        "sub": "pairwise", "oid": "11111111-2222-3333-4444-555555555555", "tid": TENANT, "ver": "2.0",
        "name": "Alice", "preferred_username": "alice@fabrikam.example",
    })
}

fn token(header: &Value, claims: &str) -> SecretText {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    SecretText::new(format!("{}.{}.{}", part(&header.to_string()), part(claims), part("signature")))
}

fn outcome_at(authority: &str, claims: &Value, now: u64) -> Result<Identity, IdTokenRefusal> {
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": "k1"});
    let issuer = Authority::parse(authority).unwrap().known_endpoints().unwrap().issuer;
    UnverifiedIdToken::parse(token(&header, &claims.to_string()))?.signature_checked(true)?.validate(Expectations {
        issuer: &issuer,
        client_id: &CLIENT.parse().unwrap(),
        nonce: Nonce::new(&[2; 32]),
        now: UnixTime::from_seconds(now),
    })
}

fn outcome(claims: &Value) -> Result<Identity, IdTokenRefusal> {
    outcome_at("https://login.microsoftonline.com/organizations/", claims, NOW)
}

#[test]
fn a_valid_token_names_the_person() {
    // RP-01, RP-06
    let identity = outcome(&claims()).unwrap();
    assert_eq!(identity.tenant.as_str(), TENANT);
    assert_eq!(identity.object.as_str(), "11111111-2222-3333-4444-555555555555");
    let mut array = claims();
    array["aud"] = json!([CLIENT]);
    assert!(outcome(&array).is_ok());
}

#[test]
fn rep_08_a_personal_account_is_refused_even_if_every_organization_is_admitted() {
    let mut personal = claims();
    for tenant in ["9188040d-6c67-4c5b-b112-36a304b66dad", "9188040D-6C67-4C5B-B112-36A304B66DAD"] {
        personal["tid"] = json!(tenant);
        personal["iss"] = json!(format!("https://login.microsoftonline.com/{}/v2.0", tenant.to_lowercase()));
        assert_eq!(outcome(&personal).unwrap_err(), IdTokenRefusal::Issuer);
    }
}

#[test]
fn rep_21_a_name_that_is_a_token_is_neither_shown_nor_stored() {
    let mut odd = claims();
    odd["name"] = json!("eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiIxIn0.c2lnbmF0dXJl");
    odd["preferred_username"] = odd["name"].clone();
    let identity = outcome(&odd).unwrap();
    assert_eq!((identity.name.as_deref(), identity.username), (Some("[removed]"), None));
}

#[test]
fn every_wrong_claim_is_refused_for_its_own_reason() {
    // SEC-009; RP-02 to RP-11
    use IdTokenRefusal::*;
    let host = "https://login.microsoftonline.com";
    for (claim, value, refusal) in [
        ("iss", json!(format!("{host}/{OTHER_TENANT}/v2.0")), Issuer),
        ("iss", json!(format!("{host}/{TENANT}/v2.0/")), Issuer),
        ("iss", json!(format!("{host}/{{tenantid}}/v2.0")), Issuer),
        ("iss", json!(format!("https://sts.windows.net/{TENANT}/")), Issuer),
        ("iss", Value::Null, Issuer),
        ("tid", json!(OTHER_TENANT), Issuer),
        ("tid", json!("organizations"), Tenant),
        ("tid", Value::Null, Tenant),
        ("aud", json!("1fd5118e-2576-4263-8130-9503064c837a"), Audience),
        ("aud", json!([CLIENT, "1fd5118e-2576-4263-8130-9503064c837a"]), Audience),
        ("aud", json!([]), Audience),
        ("aud", Value::Null, Audience),
        ("azp", json!("1fd5118e-2576-4263-8130-9503064c837a"), AuthorizedParty),
        ("exp", json!(NOW - 301), Expired),
        ("exp", Value::Null, MissingTimes),
        ("iat", json!(NOW + 301), NotYetValid),
        ("iat", Value::Null, MissingTimes),
        ("nbf", json!(NOW + 301), NotYetValid),
        ("nonce", json!(crate::pkce::Nonce::new(&[3; 32]).as_str()), Nonce),
        ("nonce", json!(""), Nonce),
        ("nonce", Value::Null, Nonce),
        ("sub", json!(""), Subject),
        ("sub", Value::Null, Subject),
        ("oid", json!("alice@fabrikam.example"), Subject),
        ("oid", Value::Null, Subject),
        ("ver", json!("1.0"), Version),
        ("ver", Value::Null, Version),
    ] {
        let mut bad = claims();
        if value.is_null() {
            bad.as_object_mut().unwrap().remove(claim);
        } else {
            bad[claim] = value.clone();
        }
        assert_eq!(outcome(&bad), Err(refusal), "{claim}: {value}");
    }
}

#[test]
fn an_expired_token_with_another_nonce_is_not_reported_as_a_wrong_clock() {
    // SEC-011
    let mut replayed = claims();
    replayed["exp"] = json!(NOW - 3600);
    replayed["nonce"] = json!(crate::pkce::Nonce::new(&[3; 32]).as_str());
    assert_eq!(outcome(&replayed), Err(IdTokenRefusal::Nonce));
}

#[test]
fn tolerates_a_clock_that_is_wrong_by_five_minutes() {
    // SEC-022
    assert!(outcome_at("https://login.microsoftonline.com/organizations/", &claims(), NOW - 300).is_ok());
    assert!(outcome_at("https://login.microsoftonline.com/organizations/", &claims(), NOW + 3600 + 299).is_ok());
    assert_eq!(
        outcome_at("https://login.microsoftonline.com/organizations/", &claims(), NOW + 3600 + 300),
        Err(IdTokenRefusal::Expired)
    );
}

#[test]
fn a_single_tenant_page_refuses_the_token_of_another_tenant() {
    let authority = format!("https://login.microsoftonline.com/{OTHER_TENANT}/");
    assert_eq!(outcome_at(&authority, &claims(), NOW), Err(IdTokenRefusal::Issuer));
}

#[test]
fn another_algorithm_or_a_critical_header_is_refused() {
    // RP-13, RP-14
    let claims = claims().to_string();
    for alg in ["none", "None", "HS256", "ES256", "PS256", "RS512", "rs256"] {
        let header = json!({"alg": alg, "kid": "k1"});
        assert_eq!(UnverifiedIdToken::parse(token(&header, &claims)).unwrap_err(), IdTokenRefusal::Algorithm, "{alg}");
    }
    let header = json!({"alg": "RS256", "kid": "k1", "crit": ["b64"]});
    assert_eq!(UnverifiedIdToken::parse(token(&header, &claims)).unwrap_err(), IdTokenRefusal::Algorithm);
}

#[test]
fn a_text_that_is_not_a_signed_jwt_is_refused() {
    // RP-15: Entra always names its key
    let header = json!({"alg": "RS256"});
    let no_kid = token(&header, &claims().to_string());
    let good_header = json!({"alg": "RS256", "kid": "k1"});
    let access_token_header = json!({"alg": "RS256", "kid": "k1", "typ": "at+jwt"});
    let twice = r#"{"tid":"a","tid":"b"}"#;
    for bad in [
        no_kid,
        token(&access_token_header, &claims().to_string()),
        token(&good_header, twice),
        token(&good_header, "not json"),
        token(&good_header, r#"{"exp":"tomorrow"}"#),
        token(&good_header, r#"{"exp":9223372036854775807}"#),
        SecretText::new(String::new()),
        SecretText::new("a.b".to_owned()),
        SecretText::new("a.b.c.d.e".to_owned()),
        SecretText::new(format!("{}=", token(&good_header, &claims().to_string()).expose())),
    ] {
        assert_eq!(UnverifiedIdToken::parse(bad).unwrap_err(), IdTokenRefusal::Malformed);
    }
}

#[test]
fn a_wrong_signature_is_refused_before_any_claim_is_checked() {
    // SEC-010, SEC-011; RP-12
    let header = json!({"alg": "RS256", "kid": "k1"});
    let unverified = UnverifiedIdToken::parse(token(&header, &claims().to_string())).unwrap();
    assert_eq!(unverified.signature_checked(false).unwrap_err(), IdTokenRefusal::Signature);
}

#[test]
fn debug_output_does_not_contain_the_token() {
    let header = json!({"alg": "RS256", "kid": "k1"});
    let unverified = UnverifiedIdToken::parse(token(&header, &claims().to_string())).unwrap();
    assert_eq!(format!("{unverified:?}"), "UnverifiedIdToken(…)");
}
