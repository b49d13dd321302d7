//! Failures of ACS: retries, the circuit breaker, and requests that are joined.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    authority::{CONTOSO, PERSON},
    bench::{Bench, token_body},
    operations::metrics,
    peer::Reply,
};

fn good() -> Reply {
    Reply::new(200, token_body("2026-11-21T09:04:04Z"))
}

fn down() -> Reply {
    Reply::new(503, "down")
}

/// A bench with cached keys and open connections, with the time paused: only timers move it.
async fn warm() -> (Bench, String) {
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.audited();
    tokio::time::pause();
    (bench, token)
}

#[tokio::test]
async fn retries_a_failure_of_acs_that_passes() {
    // SEC-108
    let (bench, token) = warm().await;
    for replies in [vec![down(), good()], vec![Reply::new(429, ""), Reply::new(500, ""), good()]] {
        let asked = u64::try_from(replies.len()).unwrap();
        bench.acs.replies(replies);
        assert_eq!(bench.exchange(&token).await.status, 200);
        assert_eq!(bench.audited()[0]["acs_attempts"], asked);
    }
    // The attempts of an exchange have one request id, so that Microsoft's logs show them together.
    let ids: Vec<_> =
        bench.acs.requests().iter().map(|asked| asked.headers["x-ms-client-request-id"].clone()).collect();
    assert_eq!(ids[1], ids[2], "two attempts of one exchange");
    assert_ne!(ids[0], ids[1], "two exchanges");
}

#[tokio::test]
async fn asks_acs_three_times_at_most_and_once_for_a_refusal() {
    // SEC-108
    let denied = json!({ "error": { "code": "InvalidAccessToken", "message": "x" } }).to_string();
    for (reply, asked, status) in [
        (down(), 3, 503),
        (Reply::new(429, ""), 3, 503),
        (Reply::new(401, denied), 1, 422),
        (Reply::new(400, "<html>"), 1, 502),
        (Reply::new(200, ""), 1, 502),
    ] {
        let (bench, token) = warm().await;
        bench.acs.reply(reply);
        assert_eq!(bench.exchange(&token).await.status, status);
        assert_eq!(bench.acs.requests().len(), 1 + asked, "{status}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn waits_for_retry_after_if_there_is_time_and_else_passes_it_on() {
    // SEC-108
    let busy = |seconds: &str| Reply::With(429, vec![("retry-after", seconds.to_owned())], vec![]);
    let (bench, token) = warm().await;
    let began = Instant::now();
    bench.acs.replies([busy("3"), good()]);
    assert_eq!(bench.exchange(&token).await.status, 200);
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());

    let began = Instant::now();
    bench.acs.replies([busy("20"), good()]);
    let response = bench.exchange(&token).await;
    assert_eq!((response.status, response.header("retry-after")), (503, Some("20")));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

/// A valid token of the person with this number.
fn token_of(bench: &Bench, person: u8) -> String {
    bench.token().claim("oid", format!("32c0a5db-05ec-78ea-51ab-3f06b32939{person:02x}")).sign()
}

#[tokio::test]
async fn the_breaker_answers_at_once_and_closes_by_itself() {
    // SEC-113
    let (bench, token) = warm().await;
    bench.acs.reply(down());
    for person in 1..=3 {
        let response = bench.exchange_with(&token_of(&bench, person), &format!("a1-{person}")).await;
        assert_eq!(response.code(), "acs_unavailable");
    }
    let asked = bench.acs.requests().len();
    for _ in 0..20 {
        let response = bench.exchange(&token).await;
        assert_eq!((response.status, response.code().as_str()), (503, "acs_unavailable"));
        assert_eq!(response.header("retry-after"), Some("5"));
    }
    assert_eq!(bench.acs.requests().len(), asked, "an open breaker sends nothing");

    // After five seconds one request is tried. It fails, so the breaker stays open for the others.
    bench.clock.forward(5);
    bench.exchange(&token).await;
    assert_eq!(bench.acs.requests().len(), asked + 3);
    bench.exchange(&token_of(&bench, 1)).await;
    assert_eq!(bench.acs.requests().len(), asked + 3);

    bench.acs.reply(good());
    bench.clock.forward(5);
    for _ in 0..3 {
        assert_eq!(bench.exchange(&token_of(&bench, 1)).await.status, 200);
    }
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn one_token_that_makes_acs_fail_does_not_open_the_breaker() {
    // SEC-113
    let (bench, token) = warm().await;
    bench.acs.reply(down());
    for _ in 0..10 {
        assert_eq!(bench.exchange(&token_of(&bench, 1)).await.code(), "acs_unavailable");
    }
    assert_eq!(bench.acs.requests().len(), 1 + 10 * 3, "each exchange of this person is tried");
    bench.acs.reply(good());
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn refusals_of_acs_do_not_open_the_breaker() {
    // SEC-113
    let (bench, token) = warm().await;
    for reply in [Reply::new(429, ""), Reply::new(403, ""), Reply::new(200, "")] {
        bench.acs.reply(reply);
        for _ in 0..6 {
            assert_ne!(bench.exchange(&token).await.code(), "acs_unavailable");
        }
    }
    bench.acs.reply(good());
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn joins_fifty_concurrent_requests_of_one_person() {
    // SEC-109
    let (bench, token) = warm().await;
    let all = join_all((0..50).map(|_| bench.exchange(&token))).await;
    for response in &all {
        assert_eq!((response.status, &response.body), (200, &all[0].body));
    }
    assert_eq!(bench.acs.requests().len(), 2);
    assert_eq!(bench.audited().len(), 50, "each is a decision of its own");
    assert!(metrics(&bench).await.contains("exchange_acs_attempts_total 2\n"), "joined requests are no attempts");
    // A later request is not joined.
    assert_eq!(bench.exchange(&token).await.status, 200);
    assert_eq!(bench.acs.requests().len(), 3);
}

#[tokio::test]
async fn does_not_join_requests_of_different_people() {
    // SEC-077, SEC-109
    let (bench, token) = warm().await;
    let other_person = bench.token().claim("oid", "32c0a5db-05ec-78ea-51ab-3f06b3293970").sign();
    let issuer = format!("{}/{CONTOSO}/v2.0", bench.entra.address);
    let other_tenant = bench.token().claim("tid", CONTOSO).claim("iss", issuer).sign();
    // The first request of a tenant fetches its keys.
    tokio::time::resume();
    assert_eq!(bench.exchange(&other_tenant).await.status, 200);
    let asked = bench.acs.requests().len();
    join_all([&token, &other_person, &other_tenant].map(|token| bench.exchange(token))).await;
    assert_eq!(bench.acs.requests().len(), asked + 3);
}

#[tokio::test]
async fn rev_06_one_tenant_does_not_open_the_breaker_of_another() {
    let (bench, token) = warm().await;
    let issuer = format!("{}/{CONTOSO}/v2.0", bench.entra.address);
    let contosos = bench.token().claim("tid", CONTOSO).claim("iss", issuer);
    tokio::time::resume();
    assert_eq!(bench.exchange(&contosos.sign()).await.status, 200);
    tokio::time::pause();
    bench.acs.reply(down());
    // One Entra token that makes ACS fail, sent by several people.
    for person in 1..=4 {
        assert_eq!(bench.exchange(&token_of(&bench, person)).await.code(), "acs_unavailable");
    }
    bench.acs.reply(good());
    assert_eq!(bench.exchange(&token).await.status, 200, "the breaker of the tenant is closed, too");
    // Different tokens that fail open the breaker of their tenant.
    bench.acs.reply(down());
    for person in 1..=3 {
        bench.exchange_with(&token_of(&bench, person), &format!("a1-{person}")).await;
    }
    bench.acs.reply(good());
    assert_eq!(bench.exchange(&token).await.code(), "acs_unavailable");
    assert_eq!(bench.exchange(&contosos.sign()).await.status, 200);
    let page = metrics(&bench).await;
    for line in ["exchange_acs_down 0", "exchange_acs_down_tenants 1"] {
        assert!(page.lines().any(|written| written == line), "{line} is not in {page}");
    }
}

#[tokio::test]
async fn held_concurrent_requests_with_crossed_tokens_get_their_own_responses() {
    // The token names the user and the Entra token of its request, which shows a response that went to another person.
    let (bench, alice) = warm().await;
    bench.acs.reply(Reply::Of(|asked| {
        let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
        let token = format!("d-{}-{}", body["userId"].as_str().unwrap(), body["token"].as_str().unwrap());
        Reply::new(200, json!({ "token": token, "expiresOn": "2026-11-21T09:04:04Z" }).to_string())
    }));
    let bob = token_of(&bench, 7);
    let all = [(&alice, "a1-alice"), (&bob, "a1-bob"), (&alice, "a1-bob"), (&bob, "a1-alice")];
    let asks = all.iter().cycle().take(20);
    let answers = join_all(asks.clone().map(|(caller, a1)| bench.exchange_with(caller, a1))).await;
    for ((caller, a1), response) in asks.zip(answers) {
        let person = if *caller == &bob { "32c0a5db-05ec-78ea-51ab-3f06b3293907" } else { PERSON };
        let given: serde_json::Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(given["token"], format!("d-{person}-{a1}"));
    }
    assert_eq!(bench.acs.requests().len(), 1 + 4, "equal requests are joined");
}
