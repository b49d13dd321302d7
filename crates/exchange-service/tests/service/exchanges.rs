//! The exchanges for Entra ID users and guests, and the contract of the hero samples: configuration, requests to ACS,
//! and responses.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Method, Request},
};
use serde_json::{Value, json};

use crate::{
    authority::{CONTOSO, FABRIKAM, PERSON, STRANGER},
    bench::{A1, ACCESS_KEY, Bench, D, PAGE_ORIGIN, Received, builder_to},
    peer::Reply,
};

const ENTRA_ID: &str = "/exchange/entra-id";
const GUEST: &str = "/exchange/guest";
const HERO: &str = "/api/token/teams";
const RESOURCE: &str = "ac500000-0000-4000-8000-000000000030";
const END: &str = "2026-11-21T09:04:04.5998266+00:00";

/// A response of ACS with an identity and a token.
fn issued(status: u16, identity: &str) -> Reply {
    let body = json!({ "identity": { "id": identity }, "accessToken": { "token": D, "expiresOn": END } });
    Reply::new(status, body.to_string())
}

fn of(tenant: &str, person: &str) -> String {
    format!("8:acs:{RESOURCE}_{tenant}_{person}")
}

fn error(status: u16, code: &str) -> Reply {
    Reply::new(status, json!({ "error": { "code": code, "message": "canary-message" } }).to_string())
}

async fn entra_id(bench: &Bench, token: &str) -> Received {
    let body = json!({ "accessToken": A1 }).to_string();
    bench.send(builder_to(ENTRA_ID, token).body(Body::from(body)).unwrap()).await
}

fn guest_request(body: &str) -> Request<Body> {
    Request::post(GUEST)
        .header("origin", PAGE_ORIGIN)
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

fn hero_request(token: &str) -> Request<Body> {
    Request::get(HERO)
        .header("origin", PAGE_ORIGIN)
        .header("authorization", format!("Bearer {token}"))
        .header("teams-user-aad-token", A1)
        .body(Body::empty())
        .unwrap()
}

async fn with_hero() -> Bench {
    Bench::configured(|text| text.replace("[exchanges]", "[exchanges]\ninsecure_teams_users_via_get = true")).await
}

#[tokio::test]
async fn sends_acs_the_entra_id_users_own_token_without_a_signature() {
    // SEC-087, SEC-102
    let bench = Bench::start().await;
    for identity in [of(FABRIKAM, PERSON), format!("8:acs:{RESOURCE}_wf_{FABRIKAM}_{}", PERSON.to_uppercase())] {
        bench.acs.reply(issued(200, &identity));
        let response = entra_id(&bench, &bench.token().sign()).await;
        let body = format!(r#"{{"token":"{D}","expiresOn":"{END}","identity":"{identity}"}}"#);
        assert_eq!((response.status, response.body), (200, body));
        let audited = &bench.audited()[0];
        assert_eq!((&audited["exchange"], &audited["oid"]), (&json!("entra_id_user"), &json!(PERSON)));
    }
    for asked in bench.acs.requests() {
        assert_eq!(asked.line, "POST /access/entra/:exchangeAccessToken?api-version=2025-03-02-preview");
        assert_eq!(asked.headers["authorization"], format!("Bearer {A1}"));
        assert_eq!(asked.body, b"{}");
        assert!(!asked.headers.contains_key("x-ms-content-sha256"), "no access key signs this request");
    }
}

#[tokio::test]
async fn drops_a_token_that_acs_issued_for_another_user() {
    // SEC-077, SEC-110
    let bench = Bench::start().await;
    let token = bench.token().sign();
    for (identity, status, code) in [
        (of(FABRIKAM, "32c0a5db-05ec-78ea-51ab-3f06b3293970"), 422, "user_mismatch"),
        (of(CONTOSO, PERSON), 422, "user_mismatch"),
        (of(PERSON, FABRIKAM), 422, "user_mismatch"),
        (format!("8:acs:{RESOURCE}_{PERSON}"), 502, "acs_answer_unreadable"),
        (format!("8:orgid:{PERSON}"), 502, "acs_answer_unreadable"),
        (format!("{}_x", of(FABRIKAM, PERSON)), 502, "acs_answer_unreadable"),
        (String::new(), 502, "acs_answer_unreadable"),
    ] {
        bench.acs.reply(issued(200, &identity));
        let response = entra_id(&bench, &token).await;
        assert_eq!((response.status, response.code().as_str()), (status, code), "{identity}");
        assert!(!response.body.contains(D), "{identity}");
        assert!(!bench.raw_log().contains(D), "{identity}");
    }
    // The response for Teams users names no user, so it is refused here.
    bench.acs.reply(Reply::new(200, crate::bench::token_body(END)));
    assert_eq!(entra_id(&bench, &token).await.code(), "acs_answer_unreadable");
}

#[tokio::test]
async fn each_refusal_of_an_entra_id_user_has_its_own_code() {
    // SEC-099
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    tokio::time::pause();
    for (reply, status, code) in [
        (error(403, "Forbidden"), 403, "assignment_missing"),
        (error(401, "InvalidAccessToken"), 422, "entra_token_refused"),
        (error(400, "ValidationError"), 502, "acs_answer_unreadable"),
        (Reply::new(401, ""), 502, "acs_answer_unreadable"),
        (Reply::new(429, ""), 503, "acs_busy"),
        (Reply::new(500, ""), 503, "acs_unavailable"),
        (issued(201, &of(FABRIKAM, PERSON)), 502, "acs_answer_unreadable"),
    ] {
        bench.acs.reply(reply);
        let response = entra_id(&bench, &token).await;
        assert_eq!((response.status, response.code().as_str()), (status, code));
        assert!(!response.body.contains("canary"), "{}", response.body);
    }
}

#[tokio::test]
async fn refuses_an_access_token_that_is_no_valid_header_value() {
    // SEC-087, SEC-094
    let bench = Bench::start().await;
    let body = json!({ "accessToken": "a\r\nx-evil: 1" }).to_string();
    let request = builder_to(ENTRA_ID, &bench.token().sign()).body(Body::from(body)).unwrap();
    assert_eq!(bench.send(request).await.code(), "entra_token_refused");
    assert_eq!(bench.acs.requests().len(), 0);
}

#[tokio::test]
async fn every_exchange_validates_caller_token_media_type_and_origin() {
    // SEC-073, SEC-081, SEC-091
    let bench = with_hero().await;
    let issuer = format!("{}/{STRANGER}/v2.0", bench.entra.address);
    let stranger = bench.token().claim("tid", STRANGER).claim("iss", issuer).sign();
    for token in ["x", "", &stranger, &bench.token().claim("exp", 1).sign()] {
        assert_eq!(entra_id(&bench, token).await.code(), "caller_token_refused");
        assert_eq!(bench.send(hero_request(token)).await.code(), "caller_token_refused");
    }
    for path in [ENTRA_ID, GUEST] {
        let mut request = builder_to(path, "x").body(Body::from("{}")).unwrap();
        request.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
        assert_eq!(bench.send(request).await.code(), "unsupported_media_type", "{path}");
        let mut request = builder_to(path, "x").body(Body::from("{}")).unwrap();
        request.headers_mut().insert("origin", HeaderValue::from_static("https://evil.example"));
        assert_eq!(bench.send(request).await.code(), "origin_not_allowed", "{path}");
    }
    assert_eq!(bench.acs.requests().len(), 0);
}

#[tokio::test]
async fn exchanges_that_are_off_answer_404() {
    // SEC-089
    let bench = Bench::configured(|text| {
        let (before, after) = text.split_once("[exchanges]").unwrap();
        before.to_owned() + &after[after.find("[page]").unwrap()..]
    })
    .await;
    let token = bench.token().sign();
    for path in [ENTRA_ID, GUEST, HERO] {
        for method in [Method::POST, Method::GET, Method::OPTIONS] {
            let mut request = builder_to(path, &token).body(Body::from("{}")).unwrap();
            *request.method_mut() = method;
            assert_eq!(bench.send(request).await.code(), "not_found", "{path}");
        }
    }
    assert_eq!(bench.exchange(&token).await.status, 200);

    let only = Bench::configured(|text| text.replace("[exchanges]", "[exchanges]\nteams_users = false")).await;
    assert_eq!(only.exchange(&only.token().sign()).await.code(), "not_found");
    assert!(only.raw_log().contains("for development only"), "the log warns of guests");
}

#[tokio::test]
async fn a_guest_gets_a_new_identity_with_guest_set() {
    // SEC-102, SEC-105
    let bench = Bench::start().await;
    let identity = format!("8:acs:{RESOURCE}_0000001b-78ba");
    bench.acs.reply(issued(201, &identity));
    let response = bench.send(guest_request("{}")).await;
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(body, json!({ "token": D, "expiresOn": END, "guest": true, "identity": identity }));
    let [asked] = &bench.acs.requests()[..] else { panic!("one request") };
    assert_eq!(asked.line, "POST /identities?api-version=2023-10-01");
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body, json!({ "createTokenWithScopes": ["voip"], "expiresInMinutes": 60 }));
    assert!(asked.signed_with(ACCESS_KEY));
    assert_eq!(bench.audited()[0]["exchange"], "guest");
}

#[tokio::test]
async fn a_guest_request_has_an_empty_body_and_is_not_retried() {
    // SEC-093, SEC-109
    let bench = Bench::start().await;
    for body in ["", "[]", r#"{"accessToken":"a"}"#, r#"{"scopes":["chat"]}"#, "{} x"] {
        assert_eq!(bench.send(guest_request(body)).await.code(), "malformed_request", "{body}");
    }
    assert_eq!(bench.acs.requests().len(), 0);
    // ACS may have created the identity before the response was lost, so the request is not retried.
    bench.acs.reply(Reply::new(503, "down"));
    assert_eq!(bench.send(guest_request("{}")).await.code(), "acs_unavailable");
    assert_eq!(bench.acs.requests().len(), 1);
    for (reply, code) in [
        (error(403, "Forbidden"), "acs_refused_service"),
        (issued(200, "8:acs:x"), "acs_answer_unreadable"),
        (issued(201, "7:acs:x"), "acs_answer_unreadable"),
        (Reply::new(201, json!({ "identity": { "id": "8:acs:x" } }).to_string()), "acs_answer_unreadable"),
    ] {
        bench.acs.reply(reply);
        assert_eq!(bench.send(guest_request("{}")).await.code(), code);
    }
}

#[tokio::test]
async fn limits_an_address_to_ten_guests_a_minute() {
    // SEC-097
    let bench = Bench::start().await;
    bench.acs.reply(issued(201, "8:acs:x"));
    let from = |host: u8| {
        let mut request = guest_request("{}");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, host], 4711))));
        bench.send(request)
    };
    for _ in 0..10 {
        assert_eq!(from(1).await.status, 200);
    }
    let response = from(1).await;
    assert_eq!((response.code().as_str(), response.header("retry-after")), ("rate_limited", Some("6")));
    assert_eq!(from(2).await.status, 200);
    // Requests without a known address share one limit.
    for _ in 0..10 {
        assert_eq!(bench.send(guest_request("{}")).await.status, 200);
    }
    assert_eq!(bench.send(guest_request("{}")).await.code(), "rate_limited");
}

#[tokio::test]
async fn serves_the_contract_of_the_hero_samples_where_it_is_on() {
    let bench = with_hero().await;
    let token = bench.token().sign();
    let response = bench.send(hero_request(&token)).await;
    assert_eq!((response.status, response.body), (201, format!(r#"{{"token":"{D}","expiresOn":"{END}"}}"#)));
    assert_eq!(response.headers["cache-control"], "no-store");
    let sent: Value = serde_json::from_slice(&bench.acs.requests()[0].body).unwrap();
    assert_eq!((&sent["token"], &sent["userId"]), (&json!(A1), &json!(PERSON)));

    let preflight = Request::options(HERO).header("origin", PAGE_ORIGIN).body(Body::empty()).unwrap();
    let response = bench.send(preflight).await;
    assert_eq!((response.status, response.header("access-control-allow-methods")), (204, Some("GET")));
    assert_eq!(
        response.header("access-control-allow-headers"),
        Some("authorization, teams-user-aad-token, traceparent, x-correlation-id")
    );
}

#[tokio::test]
async fn refuses_a_repeated_or_long_token_header_and_other_methods_than_get() {
    // SEC-089, SEC-093
    let bench = with_hero().await;
    let token = bench.token().sign();
    let with = |values: &[&str]| {
        let mut request = hero_request(&token);
        request.headers_mut().remove("teams-user-aad-token");
        for value in values {
            request.headers_mut().append("teams-user-aad-token", value.parse().unwrap());
        }
        bench.send(request)
    };
    assert_eq!(with(&[]).await.code(), "malformed_request");
    assert_eq!(with(&[""]).await.code(), "malformed_request");
    assert_eq!(with(&["a", "a"]).await.code(), "malformed_request");
    assert_eq!(with(&["é"]).await.code(), "malformed_request");
    assert_eq!(with(&[&"a".repeat(16 * 1024 + 1)]).await.code(), "too_large");
    for method in [Method::HEAD, Method::POST, Method::PUT] {
        let mut request = hero_request(&token);
        *request.method_mut() = method.clone();
        let response = bench.send(request).await;
        assert_eq!(response.status, 405, "{method}");
        assert_eq!(response.header("allow"), Some("GET, OPTIONS"), "{method}");
    }
    assert_eq!(bench.acs.requests().len(), 0);
}

#[tokio::test]
async fn does_not_join_requests_of_different_exchanges() {
    // SEC-109
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    let both = futures_util::future::join(bench.exchange(&token), entra_id(&bench, &token)).await;
    assert_eq!((both.0.status, both.1.status), (200, 502));
    assert_eq!(bench.acs.requests().len(), 3);
}

#[tokio::test]
async fn logs_no_secret_of_any_exchange() {
    // SEC-118
    let bench = with_hero().await;
    let token = bench.token().sign();
    let error = || error(403, "Denied");
    for reply in
        [issued(200, &of(FABRIKAM, PERSON)), issued(200, &of(CONTOSO, PERSON)), issued(201, "8:acs:x"), error()]
    {
        bench.acs.reply(reply);
        entra_id(&bench, &token).await;
        bench.send(hero_request(&token)).await;
        bench.send(guest_request("{}")).await;
    }
    let log = bench.raw_log();
    assert!(log.contains("\"level\":\"TRACE\""), "every level is logged here");
    assert_eq!(log.lines().filter(|line| line.contains("\"target\":\"exchange_service::audit\"")).count(), 12);
    for secret in [A1, D, "canary", &token[token.len() - 40..], &ACCESS_KEY[..20], "Signature="] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn refuses_expired_and_too_long_lived_tokens_of_acs() {
    // SEC-110
    let bench = Bench::start().await;
    let token = bench.token().sign();
    for end in ["2026-11-21T08:00:00Z", "2026-11-22T08:05:01Z", "soon"] {
        for (status, id) in [(200, of(FABRIKAM, PERSON)), (201, "8:acs:x".to_owned())] {
            let body = json!({ "identity": { "id": id }, "accessToken": { "token": D, "expiresOn": end } });
            bench.acs.reply(Reply::new(status, body.to_string()));
            let response =
                if status == 200 { entra_id(&bench, &token).await } else { bench.send(guest_request("{}")).await };
            assert_eq!(response.code(), "acs_answer_unreadable", "{end}");
        }
    }
}

#[tokio::test]
async fn the_breaker_of_one_exchange_does_not_stop_another() {
    // SEC-113
    let bench = Bench::start().await;
    let token = bench.token().sign();
    let good = bench.acs.reply_now();
    assert_eq!(bench.exchange(&token).await.status, 200);
    tokio::time::pause();
    bench.acs.reply(Reply::new(503, "down"));
    for person in 1..=3 {
        let oid = format!("32c0a5db-05ec-78ea-51ab-3f06b32939{person:02x}");
        let body = Body::from(json!({ "accessToken": format!("a1-{person}") }).to_string());
        let request = builder_to(ENTRA_ID, &bench.token().claim("oid", oid).sign()).body(body).unwrap();
        assert_eq!(bench.send(request).await.code(), "acs_unavailable");
    }
    let asked = bench.acs.requests().len();
    assert_eq!(entra_id(&bench, &token).await.code(), "acs_unavailable");
    assert_eq!(bench.acs.requests().len(), asked, "no request for Entra ID users");
    bench.acs.reply(good);
    assert_eq!(bench.exchange(&token).await.status, 200, "requests for Teams users continue");
}
