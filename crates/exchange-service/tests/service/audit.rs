//! Every decision is logged once, whatever becomes of it.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::Request,
};
use serde_json::json;

use crate::{
    authority::{FABRIKAM, PERSON},
    bench::{Bench, builder, request},
    operations::metrics,
    peer::Reply,
};

fn from_somewhere(mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
    request
}

#[tokio::test]
async fn what_a_caller_does_not_wait_for_is_logged_all_the_same() {
    // security 120
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
    assert!(line["status"].is_null() && line["milliseconds"].is_u64());
    assert!(metrics(&bench).await.contains("exchange_decisions_total{code=\"abandoned\"} 1\n"));
}

#[tokio::test]
async fn nothing_is_decided_where_nobody_is_asked_for() {
    // security 120
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
async fn the_address_is_logged_of_those_too_who_do_not_get_far() {
    // security 120
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
