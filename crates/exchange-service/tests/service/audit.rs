//! Every decision has one audit record, even where the caller abandons it or the log fails.

use std::{io::pipe, net::SocketAddr, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::Request,
};
use exchange_service::{Log, LogThreads, WhenFull};
use serde_json::json;

use crate::{
    authority::{FABRIKAM, PERSON},
    bench::{Bench, PAGE_ORIGIN, builder, request},
    operations::metrics,
    peer::Reply,
};

fn from_somewhere(mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
    request
}

#[tokio::test]
async fn logs_an_exchange_that_the_caller_abandons() {
    // SEC-120
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.audited();
    bench.acs.reply(Reply::Silence);
    tokio::time::pause();
    let left = tokio::time::timeout(Duration::from_secs(3), bench.send(from_somewhere(request(&token)))).await;
    assert!(left.is_err());
    let audited = bench.audited();
    assert_eq!(audited.len(), 1);
    let line = &audited[0];
    assert_eq!((&line["message"], &line["code"]), (&json!("abandoned"), &json!("abandoned")));
    assert_eq!((&line["tid"], &line["oid"], &line["address"]), (&json!(FABRIKAM), &json!(PERSON), &json!("192.0.2.1")));
    assert!(line["status"].is_null(), "{line}");
    assert!(line["milliseconds"].is_u64(), "{line}");
    assert!(metrics(&bench).await.contains("exchange_decisions_total{code=\"abandoned\"} 1\n"));
}

#[tokio::test]
async fn probes_and_key_requests_write_no_audit_record() {
    // SEC-120
    let bench = Bench::start().await;
    for path in ["/livez", "/readyz", "/keys"] {
        assert_eq!(bench.send(Request::get(path).body(Body::empty()).unwrap()).await.status, 200);
    }
    bench.clock.forward(100_000);
    bench.entra.reply(Reply::Silence);
    tokio::time::pause();
    let probe = bench.send(Request::get("/readyz").body(Body::empty()).unwrap());
    assert!(tokio::time::timeout(Duration::from_secs(1), probe).await.is_err());
    assert_eq!(bench.audited().len(), 0);
}

#[tokio::test]
async fn logs_the_address_of_requests_that_are_refused_early() {
    // SEC-120
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.audited();
    tokio::time::pause();
    let foreign = Request::post("/exchange").header("origin", "https://evil.example").body(Body::empty()).unwrap();
    let body = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    let endless = builder(&token).body(Body::from_stream(body)).unwrap();
    let nothing = Request::get("/nothing").body(Body::empty()).unwrap();
    for (request, status) in [(foreign, 403), (endless, 408), (nothing, 404)] {
        assert_eq!(bench.send(from_somewhere(request)).await.status, status);
        let audited = bench.audited();
        assert_eq!(audited.len(), 1, "{status}");
        assert_eq!(
            (&audited[0]["address"], &audited[0]["message"]),
            (&json!("192.0.2.1"), &json!("denied")),
            "{status}"
        );
    }
}

/// A log to a pipe whose reader is closed.
fn closed_log(when_full: WhenFull) -> (Log, LogThreads) {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    Log::start(when_full, move || writer.try_clone().unwrap()).unwrap()
}

#[tokio::test]
async fn issues_no_token_while_audit_records_cannot_be_written() {
    // REV-04
    let (log, _threads) = closed_log(WhenFull::Refuse);
    let bench = Bench::logging_to(log).await;
    let token = bench.token().sign();
    // The first record that fails shows that none can be written.
    let mut made = 0;
    let refused = loop {
        match bench.exchange(&token).await {
            response if response.status == 200 => made += 1,
            response => break response,
        }
    };
    assert_eq!((refused.status, refused.code().as_str()), (503, "audit_unavailable"));
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(bench.acs.requests().len(), made, "ACS is not asked");
    assert_eq!(bench.exchange("x").await.status, 401, "a refusal issues nothing, so it needs no record");
    assert_eq!(bench.send(Request::get("/livez").body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn issues_tokens_and_counts_lost_lines_when_full_logs_may_drop_records() {
    // REV-04
    let (log, _threads) = closed_log(WhenFull::Drop);
    let bench = Bench::logging_to(log).await;
    let token = bench.token().sign();
    for _ in 0..3 {
        assert_eq!(bench.exchange(&token).await.status, 200);
    }
    // Three records, and the warning at the start that guests are on.
    while !metrics(&bench).await.contains("exchange_log_lines_lost_total 4\n") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn limits_refusals_before_routing_by_address_and_samples_their_records() {
    // REV-04
    let request = |method: &str, path: &str, origin: &str, client: [u8; 4]| {
        let request = Request::builder().method(method).uri(path).header("origin", origin).body(Body::empty());
        let mut request = request.unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((client, 4711))));
        request
    };
    for (method, path, origin, status) in [
        ("POST", "/exchange", "https://evil.example", 403),
        ("GET", "/nothing", PAGE_ORIGIN, 404),
        ("PUT", "/exchange", PAGE_ORIGIN, 405),
        ("PUT", "/livez", PAGE_ORIGIN, 405),
    ] {
        let bench = Bench::start().await;
        for _ in 0..600 {
            assert_eq!(bench.send(request(method, path, origin, [192, 0, 2, 1])).await.status, status);
        }
        let response = bench.send(request(method, path, origin, [192, 0, 2, 1])).await;
        assert_eq!((response.status, response.code().as_str()), (429, "rate_limited"), "{method} {path}");
        assert!(response.header("retry-after").is_some());
        // Another address has its own limit.
        assert_eq!(bench.send(request(method, path, origin, [192, 0, 2, 2])).await.status, status);
        let audited = bench.audited();
        assert_eq!(audited.len(), 21, "{method} {path}");
        let route = if path == "/nothing" { json!(null) } else { json!(path) };
        assert_eq!(audited[0]["route"], route);
        let text = metrics(&bench).await;
        assert!(text.contains("exchange_refusals_unlogged_total 581\n"), "{text}");
        assert!(text.contains("exchange_duration_seconds_count 602\n"), "{text}");
        // A minute later, a record says how many were left out.
        bench.clock.forward(60);
        assert_eq!(bench.send(request(method, path, origin, [192, 0, 2, 1])).await.status, status);
        assert_eq!(bench.audited()[0]["unlogged"], 581);
    }
}
