//! Rate limits of people, addresses and tenants.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;

use crate::{
    authority::{CONTOSO, NOW},
    bench::{Bench, Received, request},
    operations::metrics,
    peer::Reply,
};

async fn limited() -> Bench {
    let limits = "\n[limits]\nper_user_and_minute = 3\nper_address_and_minute = 6\ntrusted_proxies = 1\n";
    Bench::configured(|text| text + limits).await
}

async fn from(bench: &Bench, address: &str, token: &str) -> Received {
    let mut request = request(token);
    request.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
    bench.send(request).await
}

#[tokio::test]
async fn limits_a_person_and_sends_retry_after() {
    // SEC-097
    let bench = limited().await;
    let token = bench.token().sign();
    for _ in 0..3 {
        assert_eq!(bench.exchange(&token).await.status, 200);
    }
    let response = bench.exchange(&token).await;
    assert_eq!((response.status, response.code().as_str()), (429, "rate_limited"));
    assert_eq!(response.header("retry-after"), Some("20"));
    assert_eq!(bench.acs.requests().len(), 3);
    // Another token of the same person counts for the same limit. Another person has a separate limit.
    assert_eq!(bench.exchange(&bench.token().claim("uti", "other").sign()).await.status, 429);
    let other = bench.token().claim("oid", "32c0a5db-05ec-78ea-51ab-3f06b3293970").sign();
    assert_eq!(bench.exchange(&other).await.status, 200);
    bench.clock.forward(20);
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn a_stolen_token_is_limited_like_its_owner_and_ends_with_its_expiry() {
    // SEC-088: a bearer token can be replayed, which is documented. The limits and its expiry bound the damage.
    let bench = limited().await;
    let token = bench.token().claim("exp", NOW + 600).sign();
    let foreign_page = || {
        let mut replay = request(&token);
        replay.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
        bench.send(replay)
    };
    assert_eq!(bench.exchange(&token).await.status, 200);
    assert_eq!(bench.exchange(&token).await.status, 200, "a replay");
    assert_eq!(foreign_page().await.code(), "origin_not_allowed");
    assert_eq!(bench.exchange(&token).await.status, 200, "a refused origin does not count for the person");
    assert_eq!(bench.exchange(&token).await.code(), "rate_limited");
    bench.clock.forward(900);
    assert_eq!(bench.exchange(&token).await.code(), "caller_token_refused");
    assert!(
        include_str!("../../README.md")
            .contains("A caller's token is a bearer token: a stolen one can be used until it expires.")
    );
}

#[tokio::test]
async fn limits_a_tenant_below_the_allowance_of_all() {
    // SEC-097
    let bench = Bench::configured(|text| text + "\n[limits]\nper_tenant_and_minute = 8\n").await;
    let of = |person: u8| bench.token().claim("oid", format!("32c0a5db-05ec-78ea-51ab-3f06b32939{person:02x}")).sign();
    // A quarter of the requests of a minute can come at once.
    for person in 0..2 {
        assert_eq!(bench.exchange(&of(person)).await.status, 200);
    }
    let refused = bench.exchange(&of(2)).await;
    assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("rate_limited", Some("8")));
    assert_eq!(bench.acs.requests().len(), 2);
    assert_eq!(bench.audited().last().unwrap()["acs_attempts"], 0);
    let issuer = format!("{}/{CONTOSO}/v2.0", bench.entra.address);
    let other = bench.token().claim("tid", CONTOSO).claim("iss", issuer).sign();
    assert_eq!(bench.exchange(&other).await.status, 200);
}

#[tokio::test]
async fn limits_bad_tokens_by_the_address_that_the_trusted_proxy_saw() {
    // SEC-097
    let bench = limited().await;
    for forwarded in 0..6 {
        assert_eq!(from(&bench, &format!("192.0.2.{forwarded}, 203.0.113.7"), "x").await.status, 401);
    }
    let good = bench.token().sign();
    for forwarded in ["203.0.113.7", "192.0.2.99, 203.0.113.7", "203.0.113.7:4711"] {
        let response = from(&bench, forwarded, &good).await;
        assert_eq!((response.status, response.code().as_str()), (429, "rate_limited"), "{forwarded}");
        assert_eq!(response.header("retry-after"), Some("10"));
    }
    assert_eq!(bench.acs.requests().len(), 0);
    assert_eq!(from(&bench, "203.0.113.8", &good).await.status, 200);
    assert_eq!(bench.audited().last().unwrap()["address"], "203.0.113.8");
}

#[tokio::test]
async fn requests_of_any_web_page_do_not_lock_out_an_office() {
    // REV-04
    let bench = limited().await;
    let other = |method: &str, path: &str, origin: Option<&str>| {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let mut request = request.body(axum::body::Body::empty()).unwrap();
        request.headers_mut().insert("x-forwarded-for", "203.0.113.7".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
        bench.send(request)
    };
    for _ in 0..2 {
        assert_eq!(other("POST", "/exchange", Some("https://evil.example")).await.status, 403);
        assert_eq!(other("GET", "/exchange", None).await.status, 204);
        assert_eq!(other("GET", "/keys", None).await.status, 200);
    }
    assert_eq!(other("GET", "/nothing", None).await.status, 429);
    assert_eq!(from(&bench, "203.0.113.7", &bench.token().sign()).await.status, 200);
}

#[tokio::test]
async fn requests_of_a_page_without_an_origin_do_not_lock_out_an_office() {
    // REV-04: images, scripts and frames of any web page.
    let bench = Bench::configured(|text| {
        text.replace("[exchanges]", "[exchanges]\ninsecure_teams_users_via_get = true")
            + "\n[limits]\nper_address_and_minute = 6\ntrusted_proxies = 1\n[mailbox]\nstore = \"memory\"\n"
    })
    .await;
    let get = async |path: &str, site: Option<&str>| {
        let mut request = axum::http::Request::get(path).header("x-forwarded-for", "203.0.113.7");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let mut request = request.body(axum::body::Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
        let response = bench.send(request).await;
        (response.status, response.code())
    };
    for site in ["cross-site", "same-site", "cross-site"] {
        for path in ["/mailbox/x", "/api/token/teams"] {
            assert_eq!(get(path, Some(site)).await, (403, "origin_not_allowed".to_owned()), "{path} {site}");
        }
    }
    // Such requests have a separate limit.
    assert_eq!(get("/mailbox/x", Some("cross-site")).await.0, 429);
    assert_eq!(from(&bench, "203.0.113.7", &bench.token().sign()).await.status, 200);
    // Requests of the service's own origin, of a typed address and of programs are handled as usual.
    for site in [Some("same-origin"), Some("none"), None] {
        assert_eq!(get("/mailbox/x", site).await.0, 404, "{site:?}");
    }
    assert_eq!(get("/api/token/teams", Some("same-origin")).await.0, 401);
}

#[tokio::test]
async fn invalid_tokens_do_not_use_up_the_limit_of_the_person_they_name() {
    // SEC-097
    let bench = limited().await;
    for _ in 0..9 {
        assert_eq!(bench.exchange(&bench.token().claim("exp", 1).sign()).await.status, 401);
    }
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
}

#[tokio::test]
async fn rev_02_retries_count_and_are_not_sent_beyond_the_limit() {
    let bench = Bench::configured(|text| text + "\n[limits]\nper_tenant_and_minute = 8\n").await;
    bench.acs.reply(Reply::new(503, "down"));
    // A third attempt would exceed the limit of the tenant, so the second response of ACS is passed on.
    assert_eq!(bench.exchange(&bench.token().sign()).await.code(), "acs_unavailable");
    assert_eq!(bench.acs.requests().len(), 2);
    assert_eq!(bench.audited()[0]["acs_attempts"], 2);
}

#[tokio::test]
async fn rev_02_both_access_keys_of_one_attempt_count_once() {
    let secondary = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rev-02-secondary");
    std::fs::write(&secondary, crate::bench::ACCESS_KEY.replace("AAEC", "BAEC")).unwrap();
    let acs = format!("[acs]\nsecondary_access_key_file = {secondary:?}");
    // The limit allows one request at once.
    let bench = Bench::configured(|text| text.replace("[acs]", &acs) + "\n[limits]\nper_tenant_and_minute = 4\n").await;
    let denied = serde_json::json!({ "error": { "code": "Denied", "message": "x" } }).to_string();
    bench.acs.replies([Reply::new(401, denied), Reply::new(200, crate::bench::token_body("2026-11-21T09:04:04Z"))]);
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200, "the second key of a regenerated pair");
    assert_eq!(bench.acs.requests().len(), 2);
    assert_eq!(bench.exchange(&bench.token().sign()).await.code(), "rate_limited");
    assert_eq!(bench.acs.requests().len(), 2);
}

#[tokio::test]
async fn rev_02_an_exhausted_allowance_of_all_has_another_code_than_a_tenants() {
    // Ten in 30 seconds: two at once, and then one in each 3.75 seconds.
    let bench = Bench::configured(|text| text + "\n[limits]\nacs_requests_per_30_seconds = 10\n").await;
    let of = |tenant: &str| {
        let issuer = format!("{}/{tenant}/v2.0", bench.entra.address);
        bench.token().claim("tid", tenant).claim("iss", issuer).sign()
    };
    assert_eq!(bench.exchange(&of(CONTOSO)).await.status, 200);
    assert_eq!(bench.exchange(&of(CONTOSO)).await.code(), "rate_limited");
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    let guest = axum::http::Request::post("/exchange/guest")
        .header("content-type", "application/json")
        .body(axum::body::Body::from("{}"))
        .unwrap();
    let response = bench.send(guest).await;
    assert_eq!((response.status, response.code().as_str()), (503, "overloaded"));
    assert_eq!(response.header("retry-after"), Some("4"));
    let page = metrics(&bench).await;
    for line in ["{limit=\"tenant\"} 1", "{limit=\"all\"} 1"] {
        assert!(page.contains(&format!("exchange_acs_allowance_refused_total{line}\n")), "{page}");
    }
    assert!(!page.contains("exchange_acs_allowance_shared"), "{page}");
}
