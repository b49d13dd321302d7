//! Readiness, metrics and traces, for the operator's systems.

use axum::{body::Body, http::Request};
use tower::ServiceExt;

use crate::{
    bench::{Bench, request},
    peer::Reply,
};

async fn ready(bench: &Bench) -> (u16, String) {
    let response = bench.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    (response.status, response.body)
}

pub(crate) async fn metrics(bench: &Bench) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = bench.service.metrics().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn is_ready_once_it_has_keys_even_while_acs_is_down() {
    // SEC-122
    let bench = Bench::start().await;
    let good = bench.entra.reply_now();
    bench.entra.reply(Reply::new(500, "down"));
    assert_eq!(ready(&bench).await, (503, "no issuer's keys\n".to_owned()));
    bench.entra.reply(good);
    bench.acs.reply(Reply::new(503, "down"));
    // Frequent probes do not fetch again at once.
    assert_eq!(ready(&bench).await.0, 503);
    bench.clock.forward(5);
    assert_eq!(ready(&bench).await, (200, "ready\n".to_owned()));
    let asked = bench.entra.requests().len();
    assert_eq!(ready(&bench).await.0, 200);
    assert_eq!(bench.entra.requests().len(), asked);
    assert_eq!(bench.acs.requests().len(), 0);
}

#[tokio::test]
async fn is_not_ready_while_it_drains_and_still_serves() {
    // SEC-122, SEC-123
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(ready(&bench).await.0, 200);
    bench.service.drain();
    assert_eq!(ready(&bench).await, (503, "draining\n".to_owned()));
    assert_eq!(bench.exchange(&token).await.status, 200);
    assert_eq!(bench.audited().len(), 1, "a probe is no decision");
}

#[tokio::test]
async fn every_response_closes_its_connection_while_draining() {
    let bench = Bench::start().await;
    let paths = ["/livez", "/readyz", "/keys", "/nothing", "/exchange"];
    for (path, is_draining) in paths.map(|path| (path, false)).into_iter().chain(paths.map(|path| (path, true))) {
        if is_draining {
            bench.service.drain();
        }
        let response = bench.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.header("connection"), is_draining.then_some("close"), "{path}");
    }
}

#[tokio::test]
async fn metrics_have_their_own_listener_and_no_ids_of_people() {
    // SEC-118, SEC-122
    let bench = Bench::start().await;
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    assert_eq!(bench.exchange(&bench.token().claim("exp", 1).sign()).await.status, 401);
    bench.acs.reply(Reply::new(403, ""));
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 502);
    let text = metrics(&bench).await;
    for line in [
        "exchange_decisions_total{code=\"allowed\"} 1",
        "exchange_decisions_total{code=\"caller_token_refused\"} 1",
        "exchange_decisions_total{code=\"acs_refused_service\"} 1",
        "exchange_callers_refused_total{reason=\"expired\"} 1",
        "exchange_acs_attempts_total 2",
        "exchange_duration_seconds_count 3",
        "exchange_in_flight 0",
        "exchange_acs_down 0",
    ] {
        assert!(text.lines().any(|written| written == line), "{line}\n{text}");
    }
    for part_of_an_id_or_a_token in ["0000-4000", "canary"] {
        assert!(!text.contains(part_of_an_id_or_a_token), "{text}");
    }
    let response = bench.send(Request::get("/metrics").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status, 404);
}

#[tokio::test]
async fn passes_a_trace_on_to_acs_and_logs_it() {
    // SEC-121
    let bench = Bench::start().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let mut request = request(&bench.token().sign());
    request.headers_mut().insert("traceparent", format!("00-{trace}-b7ad6b7169203331-01").parse().unwrap());
    assert_eq!(bench.send(request).await.status, 200);
    let sent = bench.acs.requests()[0].headers["traceparent"].to_str().unwrap().to_owned();
    let parts: Vec<_> = sent.split('-').collect();
    assert_eq!((parts[0], parts[1], parts[3]), ("00", trace, "01"), "{sent}");
    assert_ne!(parts[2], "b7ad6b7169203331", "the parent is this service now");
    assert_eq!(bench.audited()[0]["trace"], trace);
}

#[tokio::test]
async fn reach_checks_keys_acs_and_clock_without_a_person() {
    // SEC-106, SEC-124
    use exchange_service::Unreached;
    let bench = Bench::start().await;
    let error = |code: &str| Reply::new(401, format!("{{\"error\":{{\"code\":\"{code}\"}}}}"));
    for (reply, outcome) in [
        (error("InvalidAccessToken"), Ok(())),
        (error("Denied"), Err(Unreached::ServiceRefused)),
        (Reply::new(403, ""), Err(Unreached::ServiceRefused)),
        (Reply::new(404, "<html>"), Err(Unreached::NoAnswer)),
        (Reply::new(200, crate::bench::token_body("2026-11-21T09:00:00Z")), Err(Unreached::NoAnswer)),
    ] {
        bench.acs.reply(reply);
        let reached = bench.service.reach().await;
        let names: Vec<_> = reached.iter().map(|reached| reached.what.split(' ').next().unwrap()).collect();
        assert_eq!(names, ["keys", "keys", "ACS", "the"]);
        assert_eq!(reached[2].outcome, outcome);
        for other in [0, 1, 3] {
            assert_eq!(reached[other].outcome, Ok(()), "{}", reached[other].what);
        }
    }
}
