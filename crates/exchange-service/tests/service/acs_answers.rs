//! Requests to ACS, and how its responses are passed on.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    authority::{PAGE, PERSON},
    bench::{A1, ACCESS_KEY, Bench, D},
    peer::Reply,
};

#[tokio::test]
async fn sends_acs_the_persons_token_the_validated_user_and_the_configured_app_signed() {
    // SEC-087, SEC-105
    let bench = Bench::start().await;
    let response = bench.exchange(&bench.token().sign()).await;
    assert_eq!(response.status, 200);
    // SEC-102
    assert_eq!(response.body, format!(r#"{{"token":"{D}","expiresOn":"2026-11-21T09:04:04.5998266+00:00"}}"#));

    let [asked] = &bench.acs.requests()[..] else { panic!("one request") };
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body, json!({ "token": A1, "appId": PAGE, "userId": PERSON }));
    assert_eq!(asked.line, "POST /teamsUser/:exchangeAccessToken?api-version=2023-10-01");
    let header = |name: &str| asked.headers[name].to_str().unwrap();
    assert_eq!(header("x-ms-client-request-id"), response.header("x-correlation-id").unwrap());
    assert_eq!(header("x-ms-date"), "Sat, 21 Nov 2026 08:00:00 GMT");
    assert_eq!(header("x-ms-content-sha256"), STANDARD.encode(digest::digest(&digest::SHA256, &asked.body)));
    assert!(asked.signed_with(ACCESS_KEY));
}

#[tokio::test]
async fn each_refusal_of_acs_has_its_own_status_and_code() {
    // SEC-099, SEC-103, SEC-110
    let bench = Bench::start().await;
    let canary = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    tokio::time::pause();
    let error = |code: &str, message: &str, target: &str| {
        json!({ "error": { "code": code, "message": message, "target": target } }).to_string()
    };
    let with = |status, header, value: String| Reply::With(status, vec![(header, value)], b"canary-body".to_vec());
    let busy = |value: &str| with(429, "retry-after", value.to_owned());
    let huge = json!({ "token": "x".repeat(64 * 1024), "expiresOn": "2026-11-21T09:00:00Z" }).to_string();
    for (reply, status, code, retry_after) in [
        (Reply::new(401, error("InvalidAccessToken", "canary-body", "")), 422, "entra_token_refused", None),
        (
            Reply::new(400, error("ValidationError", "AAD application is not the expected one.", "appId")),
            422,
            "application_mismatch",
            None,
        ),
        (
            Reply::new(400, error("ValidationError", "Provided AAD token issued for unexpected user.", "userId")),
            422,
            "user_mismatch",
            None,
        ),
        // SEC-106: a fault of the service is not reported as one of the person
        (Reply::new(401, error("Denied", "canary-body", "")), 502, "acs_refused_service", None),
        (Reply::new(403, ""), 502, "acs_refused_service", None),
        (busy("7"), 503, "acs_busy", Some("7")),
        (busy("Sat, 21 Nov 2026 08:00:30 GMT"), 503, "acs_busy", Some("30")),
        (busy("86400"), 503, "acs_busy", Some("300")),
        (busy("soon"), 503, "acs_busy", None),
        (Reply::new(500, "<html>canary-body"), 503, "acs_unavailable", None),
        (with(503, "retry-after", "3".to_owned()), 503, "acs_unavailable", Some("3")),
        (Reply::new(200, "<html>canary-body"), 502, "acs_answer_unreadable", None),
        (Reply::new(200, ""), 502, "acs_answer_unreadable", None),
        (Reply::new(200, huge), 502, "acs_answer_unreadable", None),
        (Reply::new(401, ""), 502, "acs_answer_unreadable", None),
        (with(307, "location", canary.acs.address.clone()), 502, "acs_answer_unreadable", None),
    ] {
        bench.acs.reply(reply);
        let response = bench.exchange(&token).await;
        assert_eq!((response.status, response.code().as_str()), (status, code));
        assert_eq!(response.header("retry-after"), retry_after, "{code}");
        assert!(!response.body.contains("canary"), "{}", response.body);
    }
    assert_eq!(canary.acs.requests().len(), 0);
}

#[tokio::test]
async fn a_refused_connection_to_acs_is_503() {
    // SEC-113
    let bench = Bench::start().await;
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let text = include_str!("exchange-service.toml")
        .replace("http://localhost:8401", &bench.entra.address)
        .replace("http://localhost:8402", &format!("http://localhost:{}", unused.port()));
    let configuration =
        exchange_service::Configuration::parse(&text, |name| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned()))
            .unwrap();
    let router = exchange_service::router(configuration, bench.clock.clone()).unwrap();
    let request = crate::bench::request(&bench.token().sign());
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.status(), 503);
}

#[tokio::test]
async fn stops_waiting_for_acs_after_eight_seconds() {
    // SEC-107
    let bench = Bench::start().await;
    let token = bench.token().sign();
    // Keys are cached and a connection is open, so the exchange waits for the response only.
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.acs.reply(Reply::Silence);
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let response = bench.exchange(&token).await;
    assert_eq!((response.status, response.code().as_str()), (504, "acs_timeout"));
    assert!((8..15).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn the_log_has_acs_request_ids_and_no_secret() {
    // SEC-118, SEC-120
    let bench = Bench::start().await;
    let token = bench.token().sign();
    let body = json!({ "token": D, "expiresOn": "2026-11-21T09:00:00Z" }).to_string().into_bytes();
    bench.acs.reply(Reply::With(200, vec![("ms-cv", "canary-cv.0".to_owned())], body));
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.acs.reply(Reply::new(401, json!({ "error": { "code": "Denied", "message": "canary-message" } }).to_string()));
    assert_eq!(bench.exchange(&token).await.status, 502);
    bench.exchange(&bench.token().claim("exp", 1).sign()).await;
    bench.exchange("canary-b").await;

    let log = bench.raw_log();
    assert!(log.lines().count() > 4, "{log}");
    assert!(log.contains("\"level\":\"TRACE\""), "every level is logged here");
    let signature = bench.acs.requests()[0].headers["authorization"]
        .to_str()
        .unwrap()
        .rsplit_once("Signature=")
        .unwrap()
        .1
        .to_owned();
    for secret in
        [A1, D, "canary-b", "canary-message", &token, &token[token.len() - 40..], &ACCESS_KEY[..20], &signature]
    {
        assert!(!log.contains(secret), "{secret}");
    }
    let audited = bench.audited();
    assert_eq!(audited.len(), 4);
    assert_eq!(audited[0]["ms_cv"], "canary-cv.0");
    assert_eq!(audited[1]["code"], "acs_refused_service");
}
