//! The HTTP surface: origins, methods, media types, sizes, bodies, headers.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{Method, Request},
};
use serde_json::json;

use crate::{
    bench::{Bench, PAGE_ORIGIN, builder, request},
    operations::metrics,
};

#[tokio::test]
async fn serves_only_exactly_the_configured_origin() {
    // SEC-090, SEC-091
    let bench = Bench::start().await;
    let token = bench.token().sign();
    for origin in [
        "https://evil.example",
        "null",
        "*",
        "",
        "http://localhost:8080/",
        "http://localhost:8081",
        "http://localhost",
        "https://localhost:8080",
        "http://LOCALHOST:8080",
        "http://localhost:8080.evil.example",
        "http://evil.localhost:8080",
        "http://localhost:8080, http://evil.example",
    ] {
        for method in [Method::POST, Method::OPTIONS, Method::GET] {
            let mut request = request(&token);
            *request.method_mut() = method;
            request.headers_mut().insert("origin", origin.parse().unwrap());
            let response = bench.send(request).await;
            assert_eq!((response.status, response.code().as_str()), (403, "origin_not_allowed"), "{origin}");
            assert_eq!(response.header("access-control-allow-origin"), None, "{origin}");
            assert_eq!(response.header("vary"), Some("Origin"), "{origin}");
        }
    }
    let twice = builder(&token).header("origin", PAGE_ORIGIN).body(Body::empty()).unwrap();
    assert_eq!(bench.send(twice).await.status, 403);
    assert_eq!((bench.entra.requests().len(), bench.acs.requests().len()), (0, 0));
}

#[tokio::test]
async fn the_page_can_read_successes_and_refusals() {
    // SEC-090, SEC-092
    let bench = Bench::start().await;
    for (token, status) in [(bench.token().sign(), 200), ("x".to_owned(), 401)] {
        let response = bench.exchange(&token).await;
        assert_eq!(response.status, status);
        assert_eq!(response.header("access-control-allow-origin"), Some(PAGE_ORIGIN));
        assert_eq!(
            response.header("access-control-expose-headers"),
            Some("retry-after, www-authenticate, x-correlation-id")
        );
        assert_eq!(response.header("access-control-allow-credentials"), None);
        assert_eq!(response.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_token() {
    // SEC-090
    let bench = Bench::start().await;
    let preflight = Request::options("/exchange")
        .header("origin", PAGE_ORIGIN)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
        .body(Body::empty())
        .unwrap();
    let response = bench.send(preflight).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    for (name, value) in [
        ("access-control-allow-origin", PAGE_ORIGIN),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "authorization, content-type, traceparent, x-correlation-id"),
        ("access-control-max-age", "600"),
        ("vary", "Origin"),
    ] {
        assert_eq!(response.header(name), Some(value), "{name}");
    }
    // A preflight has no audit record.
    assert_eq!(bench.audited().len(), 0);
}

#[tokio::test]
async fn only_post_issues_a_token() {
    // SEC-089
    let bench = Bench::start().await;
    let token = bench.token().sign();
    for method in ["PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
        let mut request = request(&token);
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        let response = bench.send(request).await;
        assert_eq!(response.status, 405, "{method}");
        let mut allowed: Vec<_> = response.header("allow").unwrap().split(',').map(str::trim).collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["GET", "HEAD", "OPTIONS", "POST"], "{method}");
    }
    for method in [Method::GET, Method::HEAD] {
        let mut request = request(&token);
        *request.method_mut() = method.clone();
        let response = bench.send(request).await;
        assert_eq!((response.status, response.body.as_str()), (204, ""), "{method}");
    }
    assert_eq!((bench.entra.requests().len(), bench.acs.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_warm_up_is_counted_for_its_address_but_neither_audited_nor_counted_as_a_decision_or_an_exchange() {
    let bench = Bench::configured(|text| text + "\n[limits]\nper_address_and_minute = 4\n").await;
    let warm_up = |path: &str| {
        let request = Request::get(path).header("origin", PAGE_ORIGIN).header("content-type", "application/json");
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
        bench.send(request)
    };
    for path in ["/exchange", "/exchange/entra-id", "/exchange", "/exchange/entra-id"] {
        let response = warm_up(path).await;
        assert_eq!((response.status, response.body.as_str()), (204, ""), "{path}");
        assert_eq!(response.header("access-control-allow-origin"), Some(PAGE_ORIGIN), "{path}");
    }
    assert_eq!(bench.audited().len(), 0);
    assert!(metrics(&bench).await.contains("exchange_duration_seconds_count 0\n"));
    assert_eq!(warm_up("/exchange").await.code(), "rate_limited");
    // The limit of the exchanges has its own count.
    let mut exchange = request(&bench.token().sign());
    exchange.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
    assert_eq!(bench.send(exchange).await.status, 200);
}

#[tokio::test]
async fn refuses_bodies_that_are_not_json() {
    // SEC-091
    let bench = Bench::start().await;
    let token = bench.token().sign();
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=utf-16",
        "",
    ];
    for media_type in types {
        let mut request = request(&token);
        request.headers_mut().insert("content-type", media_type.parse().unwrap());
        let response = bench.send(request).await;
        assert_eq!((response.status, response.code().as_str()), (415, "unsupported_media_type"), "{media_type}");
    }
    let mut request = request(&token);
    request.headers_mut().insert("content-type", "Application/JSON; charset=UTF-8".parse().unwrap());
    assert_eq!(bench.send(request).await.status, 200);
}

#[tokio::test]
async fn refuses_bodies_outside_the_contract() {
    // SEC-087, SEC-093
    let bench = Bench::start().await;
    let token = bench.token().sign();
    let deep = format!("{{\"accessToken\":{}{}}}", "[".repeat(500), "]".repeat(500));
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "<html>",
        r#"{"accessToken":""}"#,
        r#"{"accessToken":7}"#,
        r#"{"accessToken":null}"#,
        r#"{"accessToken":"a","accessToken":"b"}"#,
        r#"{"accessToken":"a","userId":"57a00000-0000-4000-8000-000000000003"}"#,
        r#"{"accessToken":"a","appId":"57a00000-0000-4000-8000-000000000003"}"#,
        r#"{"accessToken":"a"} x"#,
        r#"["a"]"#,
        &deep,
    ] {
        let response = bench.send(builder(&token).body(Body::from(body.to_owned())).unwrap()).await;
        assert_eq!((response.status, response.code().as_str()), (400, "malformed_request"), "{body}");
    }
    assert_eq!(bench.acs.requests().len(), 0);
}

#[tokio::test]
async fn limits_bodies_to_16_kib_with_and_without_content_length() {
    // SEC-093
    let bench = Bench::start().await;
    let token = bench.token().sign();
    let body = |length: usize| {
        let frame = json!({ "accessToken": "" }).to_string().len();
        json!({ "accessToken": "a".repeat(length - frame) }).to_string()
    };
    let exact = bench.send(builder(&token).body(Body::from(body(16 * 1024))).unwrap()).await;
    assert_eq!(exact.status, 200);
    let chunked = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(body(16 * 1024 + 1)))]);
    let announced = builder(&token).header("content-length", "16385").body(Body::empty()).unwrap();
    for request in [
        builder(&token).body(Body::from(body(16 * 1024 + 1))).unwrap(),
        builder(&token).body(Body::from_stream(chunked)).unwrap(),
        announced,
    ] {
        let response = bench.send(request).await;
        assert_eq!((response.status, response.code().as_str()), (413, "too_large"));
    }
}

#[tokio::test]
async fn stops_waiting_for_an_endless_body() {
    // SEC-095
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    let endless = |token: &str| {
        let body = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        bench.send(builder(token).body(Body::from_stream(body)).unwrap())
    };
    // The body of a caller without a valid token is not read.
    assert_eq!(endless("x").await.status, 401);
    // Keys are cached, so the exchange waits for the body only.
    tokio::time::pause();
    let response = tokio::time::timeout(Duration::from_secs(6), endless(&token)).await.unwrap();
    assert_eq!((response.status, response.code().as_str()), (408, "request_timeout"));
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    // SEC-098
    let bench = Bench::start().await;
    let good = request(&bench.token().sign());
    let foreign = Request::post("/exchange").header("origin", "https://evil.example").body(Body::empty()).unwrap();
    let requests = [
        (good, 200),
        (request("x"), 401),
        (foreign, 403),
        (Request::get("/livez").body(Body::empty()).unwrap(), 200),
        (Request::post("/livez").body(Body::empty()).unwrap(), 405),
        (Request::get("/").body(Body::empty()).unwrap(), 404),
        (Request::get("/exchange/").body(Body::empty()).unwrap(), 404),
        (Request::options("/exchange").body(Body::empty()).unwrap(), 204),
    ];
    for (request, status) in requests {
        let response = bench.send(request).await;
        assert_eq!(response.status, status);
        for (name, value) in [
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(response.header(name), Some(value), "{status}");
        }
        assert!(response.header("x-correlation-id").is_some(), "{status}");
        assert_eq!(response.header("server"), None, "{status}");
    }
}

#[tokio::test]
async fn returns_the_callers_correlation_id_and_sends_it_to_acs() {
    // SEC-119, SEC-121
    let bench = Bench::start().await;
    let mut request = request(&bench.token().sign());
    request.headers_mut().insert("x-correlation-id", "page-4711".parse().unwrap());
    assert_eq!(bench.send(request).await.header("x-correlation-id"), Some("page-4711"));
    assert_eq!(bench.acs.requests()[0].headers["x-ms-client-request-id"], "page-4711");
    assert_eq!(bench.audited()[0]["correlation"], "page-4711");
}
