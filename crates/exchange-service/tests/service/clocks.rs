//! A wrong clock of this machine: how it is noticed, and what it does not change.

use std::time::{Duration, UNIX_EPOCH};

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::{
    authority::NOW,
    bench::{Bench, good_key, token_body},
    operations::metrics,
    peer::Reply,
};

fn dated(seconds: u64, status: u16, body: String) -> Reply {
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    Reply::With(status, vec![("date", date)], body.into_bytes())
}

/// The keys of an Entra whose clock shows `seconds` since 1970.
fn entra_at(bench: &Bench, seconds: u64) -> Reply {
    dated(seconds, 200, json!({ "keys": [good_key(&bench.entra.address)] }).to_string())
}

async fn ready(bench: &Bench) -> (u16, String) {
    let response = bench.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    (response.status, response.body)
}

#[tokio::test]
async fn is_not_ready_with_a_clock_difference_of_more_than_five_minutes() {
    // SEC-106, SEC-122
    for (seconds, status) in [(NOW - 301, 503), (NOW - 300, 200), (NOW + 300, 200), (NOW + 301, 503)] {
        let bench = Bench::start().await;
        bench.entra.reply(entra_at(&bench, seconds));
        assert_eq!(ready(&bench).await.0, status);
        assert_eq!(bench.raw_log().contains("differs from those of its peers"), status == 503);
        let difference = format!("exchange_clock_difference_seconds {}\n", seconds.abs_diff(NOW));
        assert!(metrics(&bench).await.contains(&difference));
    }
}

#[tokio::test]
async fn adds_the_age_of_a_cached_response_to_its_date() {
    // SEC-106
    let bench = Bench::start().await;
    let Reply::With(status, mut headers, body) = entra_at(&bench, NOW - 3600) else { panic!("a response") };
    headers.push(("age", "3600".to_owned()));
    bench.entra.reply(Reply::With(status, headers, body));
    assert_eq!(ready(&bench).await.0, 200);
}

#[tokio::test]
async fn a_refusal_of_acs_with_a_distant_date_makes_the_service_not_ready() {
    // SEC-106
    let bench = Bench::start().await;
    assert_eq!(ready(&bench).await.0, 200);
    let denied = json!({ "error": { "code": "Denied", "message": "The time difference …" } }).to_string();
    bench.acs.reply(dated(NOW + 1200, 401, denied));
    assert_eq!(bench.exchange(&bench.token().sign()).await.code(), "acs_refused_service");
    assert_eq!(ready(&bench).await, (503, "the clock is wrong\n".to_owned()));
    bench.acs.reply(dated(NOW + 5, 200, token_body("2026-11-21T09:04:04Z")));
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    assert_eq!(ready(&bench).await.0, 200);
}

#[tokio::test]
async fn notices_a_changed_clock_without_another_response() {
    // SEC-106, SEC-126
    let bench = Bench::start().await;
    bench.entra.reply(entra_at(&bench, NOW));
    assert_eq!(ready(&bench).await.0, 200);
    let asked = bench.entra.requests().len();
    bench.clock.forward(60);
    bench.clock.set_back(600);
    assert_eq!(ready(&bench).await.0, 503);
    bench.clock.set_back(0);
    assert_eq!(ready(&bench).await.0, 200);
    assert_eq!(bench.entra.requests().len(), asked);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_extend_the_life_of_keys() {
    // SEC-083, SEC-126
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.entra.reply(Reply::new(500, "down"));
    bench.clock.forward(24 * 3600);
    bench.clock.set_back(24 * 3600);
    assert_eq!(bench.exchange(&token).await.code(), "keys_unavailable");
}
