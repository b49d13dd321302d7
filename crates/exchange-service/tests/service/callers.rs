//! Invalid caller tokens (B), by the numbers `AT-01` to `AT-58` of docs/threat-model.md. Each gets the same response,
//! one audit record with its own reason, and no request to ACS.

use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use axum::{
    body::Body,
    http::{HeaderValue, Request},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    authority::*,
    bench::{A1, Bench, builder, good_key, request},
    peer::Reply,
};

/// The audience of A1.
const ACS: &str = "https://auth.msft.communication.azure.com";

#[tokio::test]
async fn every_bad_token_gets_the_same_response_and_its_own_reason() {
    // SEC-069 to SEC-078, SEC-080 to SEC-082, SEC-120
    let bench = Bench::start().await;
    let authority = bench.entra.address.clone();
    let t = || bench.token();
    let iss = |tenant: &str| format!("{authority}/{tenant}/v2.0");
    let raw = |claims: &str| sign_raw(&t().header.to_string(), claims.as_bytes(), rs256);
    let claims = t().claims.to_string();
    let with_alg = |alg: &str, signature: fn(&[u8]) -> Vec<u8>| {
        sign_raw(&t().header("alg", alg).header.to_string(), claims.as_bytes(), signature)
    };
    let good = t().sign();
    let (text, signature) = good.rsplit_once('.').unwrap();
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[100] ^= 1;

    let vectors: Vec<(&str, String, &str)> = vec![
        ("AT-01 none", with_alg("none", |_| vec![]), "algorithm_not_allowed"),
        ("AT-02 nOnE", with_alg("nOnE", |_| vec![]), "algorithm_not_allowed"),
        ("AT-03 HS256 with the public key", with_alg("HS256", hs256_with_the_public_key), "algorithm_not_allowed"),
        ("AT-03 HS256 called RS256", with_alg("RS256", hs256_with_the_public_key), "signature_wrong"),
        ("AT-04 ES256", with_alg("ES256", es256), "algorithm_not_allowed"),
        ("AT-05 PS256", with_alg("PS256", ps256), "algorithm_not_allowed"),
        ("AT-05 PS256 called RS256", with_alg("RS256", ps256), "signature_wrong"),
        ("AT-06 RS512", with_alg("RS512", rs512), "algorithm_not_allowed"),
        ("AT-06 RS512 called RS256", with_alg("RS256", rs512), "signature_wrong"),
        (
            "AT-07 jwk",
            t().header("jwk", jwk("key-1", forgers_key(), "x")).sign_with(forgers_key(), &RSA_PKCS1_SHA256),
            "signature_wrong",
        ),
        (
            "AT-08 jku",
            t().header("jku", format!("{authority}/canary")).sign_with(forgers_key(), &RSA_PKCS1_SHA256),
            "signature_wrong",
        ),
        (
            "AT-09 x5u",
            t().header("x5u", format!("{authority}/canary")).sign_with(forgers_key(), &RSA_PKCS1_SHA256),
            "signature_wrong",
        ),
        (
            "AT-10 x5c",
            t().header("x5c", json!(["MIIB"])).sign_with(forgers_key(), &RSA_PKCS1_SHA256),
            "signature_wrong",
        ),
        ("AT-11 crit", t().header("crit", json!(["exp"])).sign(), "critical_header"),
        ("AT-12 another tenant's key", t().header("kid", "key-contoso").sign(), "key_of_another_issuer"),
        ("AT-13 the personal accounts' key", t().header("kid", "key-personal").sign(), "key_of_another_issuer"),
        ("AT-14 1024 bits", t().header("kid", "key-short").sign(), "unknown_key"),
        ("AT-15 for encryption", t().header("kid", "key-enc").sign(), "unknown_key"),
        ("AT-16 two keys of one id", t().header("kid", "key-twice").sign(), "unknown_key"),
        ("AT-17 iss of another tenant", t().claim("iss", iss(CONTOSO)).sign(), "wrong_issuer"),
        ("AT-18 iss with a slash", t().claim("iss", iss(FABRIKAM) + "/").sign(), "wrong_issuer"),
        ("AT-18 iss without", t().claim("iss", format!("{authority}{FABRIKAM}/v2.0")).sign(), "wrong_issuer"),
        (
            "AT-19 iss of version 1",
            t().claim("iss", format!("https://sts.windows.net/{FABRIKAM}/")).sign(),
            "wrong_issuer",
        ),
        (
            "AT-20 a host that looks alike",
            t().claim("iss", format!("{authority}.evil.example/{FABRIKAM}/v2.0")).sign(),
            "wrong_issuer",
        ),
        ("AT-20 no iss", t().without("iss").sign(), "wrong_issuer"),
        ("AT-21 tid of another tenant", t().claim("tid", CONTOSO).sign(), "wrong_issuer"),
        ("AT-22 a stranger", t().claim("tid", STRANGER).claim("iss", iss(STRANGER)).sign(), "tenant_not_allowed"),
        ("AT-22 personal", t().claim("tid", PERSONAL).claim("iss", iss(PERSONAL)).sign(), "tenant_not_allowed"),
        ("AT-23 common", t().claim("tid", "common").claim("iss", iss("common")).sign(), "tenant_not_a_guid"),
        ("AT-23 a path", t().claim("tid", "../evil").sign(), "tenant_not_a_guid"),
        ("AT-23 no tid", t().without("tid").sign(), "tenant_not_a_guid"),
        ("AT-24 for the page", t().claim("aud", PAGE).sign(), "not_for_us"),
        ("AT-25 for Graph", t().claim("aud", "00000003-0000-0000-c000-000000000000").sign(), "not_for_us"),
        (
            "AT-25 A1, which is for ACS",
            t().claim("aud", ACS).claim("scp", "Teams.ManageCalls Teams.ManageChats").sign(),
            "not_for_us",
        ),
        ("AT-26 a prefix", t().claim("aud", &API[..35]).sign(), "not_for_us"),
        ("AT-26 a suffix", t().claim("aud", format!("api://{API}")).sign(), "not_for_us"),
        ("AT-26 upper case", t().claim("aud", API.to_uppercase()).sign(), "not_for_us"),
        ("AT-27 an empty list", t().claim("aud", json!([])).sign(), "not_for_us"),
        ("AT-27 for others", t().claim("aud", json!([PAGE, "*"])).sign(), "not_for_us"),
        ("AT-27 for us and no text", t().claim("aud", json!([API, 7])).sign(), "not_for_us"),
        ("AT-28 no scp", t().without("scp").sign(), "no_scope"),
        ("AT-29 longer", t().claim("scp", "access_as_user2").sign(), "no_scope"),
        ("AT-29 prefixed", t().claim("scp", "xaccess_as_user openid").sign(), "no_scope"),
        ("AT-30 a list", t().claim("scp", json!(["access_as_user"])).sign(), "no_scope"),
        ("AT-31 app only", t().claim("idtyp", "app").sign(), "app_only"),
        ("AT-32 roles", t().without("scp").claim("roles", json!(["access_as_user"])).sign(), "no_scope"),
        ("AT-33 an ID token", t().claim("nonce", "n").sign(), "id_token"),
        ("AT-34 another application", t().claim("azp", API).sign(), "client_not_allowed"),
        ("AT-35 no azp", t().without("azp").sign(), "client_not_allowed"),
        ("AT-36 appid only", t().without("azp").claim("appid", PAGE).sign(), "client_not_allowed"),
        ("AT-37 expired", t().claim("exp", NOW - 301).sign(), "expired"),
        ("AT-37 at the last second", t().claim("exp", NOW - 300).sign(), "expired"),
        ("AT-37 expired, a fraction", t().claim("exp", NOW as f64 - 300.5).sign(), "expired"),
        ("AT-38 not yet", t().claim("nbf", NOW + 301).sign(), "not_yet_valid"),
        ("AT-39 from the future", t().claim("iat", NOW + 301).sign(), "issued_in_future"),
        ("AT-40 exp a text", t().claim("exp", (NOW + 60).to_string()).sign(), "times_missing"),
        ("AT-40 exp negative", t().claim("exp", -1).sign(), "times_missing"),
        ("AT-40 exp a negative fraction", t().claim("exp", -0.5).sign(), "times_missing"),
        ("AT-40 exp 2^63", t().claim("exp", 1u64 << 63).sign(), "times_missing"),
        ("AT-40 exp 1e300", t().claim("exp", 1e300).sign(), "times_missing"),
        ("AT-40 exp 1e999", raw(&claims.replace(&format!("{}", NOW + 3600), "1e999")), "malformed"),
        ("AT-40 exp NaN", raw(&claims.replace(&format!("{}", NOW + 3600), "NaN")), "malformed"),
        ("AT-41 no exp", t().without("exp").sign(), "times_missing"),
        ("AT-41 no nbf", t().without("nbf").sign(), "times_missing"),
        ("AT-41 no iat", t().without("iat").sign(), "times_missing"),
        ("AT-42 two parts", text.to_owned(), "malformed"),
        ("AT-42 four parts", format!("{good}."), "malformed"),
        ("AT-43 padded", format!("{good}=="), "malformed"),
        ("AT-44 something behind", format!("{good} x"), "malformed"),
        ("AT-44 something behind the claims", raw(&format!("{claims}x")), "malformed"),
        ("AT-45 oid twice", raw(&claims.replacen('{', "{\"oid\":\"a\",", 1)), "malformed"),
        ("AT-46 16 KiB and 1", t().claim("groups", "g".repeat(16 * 1024)).sign(), "too_long"),
        ("AT-47 deep", raw(&format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500))), "malformed"),
        ("AT-48 no UTF-8", sign_raw(&t().header.to_string(), b"{\"oid\":\"\xff\xfe\"}", rs256), "malformed"),
        ("AT-53 a flipped bit", format!("{text}.{}", URL_SAFE_NO_PAD.encode(&flipped)), "signature_wrong"),
        ("AT-53 cut off", format!("{text}.{}", URL_SAFE_NO_PAD.encode(&flipped[..255])), "signature_wrong"),
        ("AT-53 empty", format!("{text}."), "signature_wrong"),
        (
            "AT-53 other claims",
            {
                let parts: Vec<_> = good.split('.').collect();
                let other = URL_SAFE_NO_PAD.encode(t().claim("oid", FABRIKAM).claims.to_string());
                format!("{}.{other}.{}", parts[0], parts[2])
            },
            "signature_wrong",
        ),
        ("AT-53 a forger", t().sign_with(forgers_key(), &RSA_PKCS1_SHA256), "signature_wrong"),
        ("AT-54 no oid", t().without("oid").sign(), "object_id_missing"),
        ("AT-54 oid no GUID", t().claim("oid", "megan@fabrikam.example").sign(), "object_id_missing"),
        ("AT-55 no kid", t().header("kid", Value::Null).sign(), "no_key_id"),
        ("AT-56 kid a path", t().header("kid", "../../etc/passwd").sign(), "unknown_key"),
        ("AT-56 kid SQL", t().header("kid", "' OR 1=1 --").sign(), "unknown_key"),
        ("AT-56 kid of 10 kB", t().header("kid", "k".repeat(10_000)).sign(), "no_key_id"),
        ("AT-57 encrypted", format!("{good}.a.b"), "malformed"),
        ("AT-58 Graph's nonce", t().header("nonce", "n").sign(), "sealed_for_another"),
        ("ver 1.0", t().claim("ver", "1.0").sign(), "wrong_version"),
        ("ver absent", t().without("ver").sign(), "wrong_version"),
        ("idtyp no text", t().claim("idtyp", json!(["app"])).sign(), "app_only"),
    ];

    let mut short = good_key(&authority);
    short["n"] = URL_SAFE_NO_PAD.encode([0xc1; 128]).into();
    let named = |mut key: Value, id: &str| {
        key["kid"] = id.into();
        key
    };
    let mut enc = named(good_key(&authority), "key-enc");
    enc["use"] = "enc".into();
    bench.publish(&[
        good_key(&authority),
        jwk("key-contoso", key(), &iss(CONTOSO)),
        jwk("key-personal", key(), &iss(PERSONAL)),
        named(short, "key-short"),
        enc,
        named(good_key(&authority), "key-twice"),
        jwk("key-twice", forgers_key(), &iss(FABRIKAM)),
    ]);

    for (vector, token, reason) in vectors {
        // A reload allows fetches of keys again.
        bench.service.reload().await;
        let tenants = bench.entra.requests().len();
        let response = bench.exchange(&token).await;
        assert_refused(&bench, vector, response, reason);
        // At most one, for an unknown key id: none for a `jku` or a tenant that is not configured.
        let key_requests = &bench.entra.requests()[tenants..];
        assert!(key_requests.len() <= 1, "{vector}");
        for asked in key_requests {
            assert_eq!(asked.line, format!("GET /{FABRIKAM}/discovery/v2.0/keys"));
        }
    }
}

#[tokio::test]
async fn refuses_requests_without_exactly_one_bearer_token_in_the_header() {
    // SEC-081
    let bench = Bench::start().await;
    let good = bench.token().sign();
    let body = || Body::from(json!({ "accessToken": A1 }).to_string());
    let bare = || Request::post("/exchange").header("content-type", "application/json");
    let vectors: Vec<(&str, Request<Body>, &str)> = vec![
        ("AT-01 none", bare().body(body()).unwrap(), "absent"),
        (
            "AT-49 twice",
            builder(&good).header("authorization", format!("Bearer {good}")).body(body()).unwrap(),
            "repeated",
        ),
        ("AT-50 Basic", bare().header("authorization", "Basic bWVnYW46").body(body()).unwrap(), "wrong_scheme"),
        ("AT-50 no scheme", bare().header("authorization", &good).body(body()).unwrap(), "wrong_scheme"),
        (
            "AT-50 two spaces",
            bare().header("authorization", format!("Bearer  {good}")).body(body()).unwrap(),
            "malformed",
        ),
        (
            "not ASCII",
            bare().header("authorization", HeaderValue::from_bytes(b"Bearer \xff").unwrap()).body(body()).unwrap(),
            "malformed",
        ),
        (
            "AT-51 in the query",
            Request::post(format!("/exchange?access_token={good}"))
                .header("content-type", "application/json")
                .body(body())
                .unwrap(),
            "in_query",
        ),
        (
            "AT-52 in the body",
            bare().body(Body::from(json!({ "accessToken": A1, "access_token": good }).to_string())).unwrap(),
            "absent",
        ),
    ];
    for (vector, request, reason) in vectors {
        let response = bench.send(request).await;
        assert_refused(&bench, vector, response, reason);
    }
}

pub(crate) fn assert_refused(bench: &Bench, vector: &str, response: crate::bench::Received, reason: &str) {
    let correlation = response.header("x-correlation-id").unwrap().to_owned();
    assert_eq!(response.header("www-authenticate"), Some("Bearer"), "{vector}");
    assert_eq!(
        (response.status, response.body.replace(&correlation, "…").as_str()),
        (
            401,
            r#"{"type":"urn:acs-sign-in:problem:caller_token_refused","title":"The caller's token is missing or was refused.","status":401,"code":"caller_token_refused","correlationId":"…"}"#
        ),
        "{vector}"
    );
    let audited = bench.audited();
    assert_eq!(audited.len(), 1, "{vector}");
    assert_eq!(audited[0]["reason"], reason, "{vector}");
    assert_eq!(audited[0]["message"], "denied", "{vector}");
    assert_eq!(audited[0]["correlation"], correlation, "{vector}");
    assert_eq!(bench.acs.requests().len(), 0, "{vector}");
}

#[tokio::test]
async fn accepts_every_valid_token() {
    let bench = Bench::start().await;
    let issuer = |tenant: &str| format!("{}/{tenant}/v2.0", bench.entra.address);
    for (vector, token) in [
        ("as Entra makes it", bench.token()),
        ("a list with us in it", bench.token().claim("aud", json!(["x", API]))),
        ("ended within the leeway", bench.token().claim("exp", NOW - 299)),
        ("begins within the leeway", bench.token().claim("nbf", NOW + 300).claim("iat", NOW + 300)),
        ("REP-17 with fractions, as Python writes them", {
            let now = NOW as f64;
            bench.token().claim("iat", now - 0.5).claim("nbf", now - 0.25).claim("exp", now + 600.75)
        }),
        ("two scopes", bench.token().claim("scp", "openid access_as_user")),
        ("says it is a person's", bench.token().claim("idtyp", "user")),
        ("of Contoso", bench.token().claim("tid", CONTOSO).claim("iss", issuer(CONTOSO))),
        ("through Fabrikam's own page", bench.token().claim("azp", "acc00000-0000-4000-8000-000000000011")),
    ] {
        let response = bench.exchange(&token.sign()).await;
        assert_eq!(response.status, 200, "{vector}: {}", response.body);
    }
    let request = request(&bench.token().sign());
    let (mut head, body) = request.into_parts();
    let spelled = head.headers["authorization"].to_str().unwrap().replace("Bearer", "bEARER");
    head.headers.insert("authorization", spelled.parse().unwrap());
    assert_eq!(bench.send(Request::from_parts(head, body)).await.status, 200);
}

#[tokio::test]
async fn accepts_tokens_with_the_clock_difference_that_readiness_allows() {
    // REP-20: a service with a clock difference of 300 seconds was ready, and refused fresh tokens.
    for fresh in [NOW - 300, NOW + 300] {
        let bench = Bench::start().await;
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(fresh));
        let keys = json!({ "keys": [good_key(&bench.entra.address)] }).to_string();
        bench.entra.reply(Reply::With(200, vec![("date", date)], keys.into_bytes()));
        let ready = bench.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
        let token = bench.token().claim("iat", fresh).claim("nbf", fresh).claim("exp", fresh + 600);
        assert_eq!((ready.status, bench.exchange(&token.sign()).await.status), (200, 200), "{fresh}");
    }
}

#[tokio::test]
async fn a_null_member_of_a_key_counts_as_absent() {
    // REP-18
    let bench = Bench::start().await;
    let mut key = good_key(&bench.entra.address);
    for name in ["alg", "use", "key_ops", "issuer", "x5c", "x5t", "x5u"] {
        key[name] = Value::Null;
    }
    bench.publish(&[key]);
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
}

#[tokio::test]
async fn identifies_people_by_object_id_and_never_by_name() {
    // SEC-077
    let bench = Bench::start().await;
    bench.exchange(&bench.token().claim("preferred_username", "admin@contoso.example").claim("upn", "x").sign()).await;
    let sent: Value = serde_json::from_slice(&bench.acs.requests()[0].body).unwrap();
    assert_eq!(sent["userId"], PERSON);
    let audited = &bench.audited()[0];
    assert_eq!((&audited["tid"], &audited["oid"], &audited["azp"]), (&json!(FABRIKAM), &json!(PERSON), &json!(PAGE)));
    assert_eq!(audited["message"], "allowed");
    // SEC-120: the id of the token, if its characters are safe in a log
    assert_eq!(audited["uti"], "uti");
    for hostile in ["", "a b", "a\nb", "é", &"a".repeat(65)] {
        assert_eq!(bench.exchange(&bench.token().claim("uti", hostile).sign()).await.status, 200);
        assert!(bench.audited()[0]["uti"].is_null(), "{hostile}");
    }
}

const APP_ID_URI: &str = "api://e8c00000-0000-4000-8000-000000000020";
const STS: &str = "https://sts.windows.net";

/// A bench that also accepts tokens of version 1.
async fn taking_version_1() -> Bench {
    let key = format!("[entra]\nv1_audiences = [{APP_ID_URI:?}]");
    Bench::configured(|text| text.replace("[entra]", &key)).await
}

/// A valid token of version 1, for a test to change.
fn version_1() -> Token {
    Token::good("unused")
        .without("azp")
        .without("azpacr")
        .without("preferred_username")
        .claim("iss", format!("{STS}/{FABRIKAM}/"))
        .claim("aud", APP_ID_URI)
        .claim("appid", PAGE)
        .claim("appidacr", "0")
        .claim("ver", "1.0")
}

#[tokio::test]
async fn accepts_version_1_tokens_only_where_they_are_configured() {
    // SEC-072, SEC-074, SEC-076
    let bench = taking_version_1().await;
    for token in [version_1(), bench.token()] {
        assert_eq!(bench.exchange(&token.sign()).await.status, 200);
        let audited = &bench.audited()[0];
        assert_eq!((&audited["oid"], &audited["azp"]), (&json!(PERSON), &json!(PAGE)));
    }
    let without = Bench::start().await;
    let response = without.exchange(&version_1().sign()).await;
    assert_refused(&without, "not configured", response, "wrong_issuer");
}

#[tokio::test]
async fn refuses_tokens_with_the_claims_of_the_other_version() {
    // SEC-072, SEC-074, SEC-076
    let bench = taking_version_1().await;
    let v1 = version_1;
    let v2 = || bench.token();
    for (vector, token, reason) in [
        ("AT-17 iss of another tenant", v1().claim("iss", format!("{STS}/{CONTOSO}/")), "wrong_issuer"),
        ("AT-18 iss without its slash", v1().claim("iss", format!("{STS}/{FABRIKAM}")), "wrong_issuer"),
        ("AT-19 iss of version 1, ver 2.0", v1().claim("ver", "2.0"), "wrong_version"),
        ("AT-19 iss of version 2, ver 1.0", v2().claim("ver", "1.0"), "wrong_version"),
        ("AT-20 a host that looks alike", v1().claim("iss", format!("{STS}.evil.example/{FABRIKAM}/")), "wrong_issuer"),
        (
            "AT-22 a stranger",
            v1().claim("tid", STRANGER).claim("iss", format!("{STS}/{STRANGER}/")),
            "tenant_not_allowed",
        ),
        ("aud of version 2", v1().claim("aud", API), "not_for_us"),
        ("aud of version 1 in version 2", v2().claim("aud", APP_ID_URI), "not_for_us"),
        ("aud with a slash", v1().claim("aud", format!("{APP_ID_URI}/")), "not_for_us"),
        ("aud in upper case", v1().claim("aud", APP_ID_URI.to_uppercase()), "not_for_us"),
        ("aud of ACS", v1().claim("aud", ACS), "not_for_us"),
        ("aud of none", v1().claim("aud", json!([])), "not_for_us"),
        ("no scp", v1().without("scp"), "no_scope"),
        ("app only", v1().claim("idtyp", "app"), "app_only"),
        ("AT-34 another application", v1().claim("appid", API), "client_not_allowed"),
        ("AT-36 azp only", v1().without("appid").claim("azp", PAGE), "client_not_allowed"),
        ("AT-36 appid only, in version 2", v2().without("azp").claim("appid", PAGE), "client_not_allowed"),
        ("AT-37 expired", v1().claim("exp", NOW - 300), "expired"),
        ("AT-54 no oid", v1().without("oid"), "object_id_missing"),
    ] {
        let response = bench.exchange(&token.sign()).await;
        assert_refused(&bench, vector, response, reason);
    }
    let forged = v1().sign_with(forgers_key(), &RSA_PKCS1_SHA256);
    let response = bench.exchange(&forged).await;
    assert_refused(&bench, "AT-53 a forger", response, "signature_wrong");
}
