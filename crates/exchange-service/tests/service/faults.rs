//! ACS in trouble: what is asked again, what is not, and how soon everybody knows.

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

/// A bench whose keys and connections are there, and whose time only waiting moves.
async fn warm() -> (Bench, String) {
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.audited();
    tokio::time::pause();
    (bench, token)
}

#[tokio::test]
async fn a_failure_that_passes_is_not_noticed() {
    // SEC-108
    let (bench, token) = warm().await;
    for replies in [vec![down(), good()], vec![Reply::new(429, ""), Reply::new(500, ""), good()]] {
        let asked = u64::try_from(replies.len()).unwrap();
        bench.acs.replies(replies);
        assert_eq!(bench.exchange(&token).await.status, 200);
        assert_eq!(bench.audited()[0]["acs_attempts"], asked);
    }
    // Each attempt has a signature of its own request, and the id that finds it.
    let ids: Vec<_> = bench.acs.asked().iter().map(|asked| asked.headers["x-ms-client-request-id"].clone()).collect();
    assert_eq!(ids[1], ids[2], "two attempts of one exchange");
    assert_ne!(ids[0], ids[1], "two exchanges");
}

#[tokio::test]
async fn acs_is_asked_three_times_at_most_and_a_refusal_once() {
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
        assert_eq!(bench.acs.asked().len(), 1 + asked, "{status}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_pause_that_acs_asks_for_is_kept_if_there_is_time_and_else_handed_on() {
    // SEC-108
    let busy = |seconds: &str| Reply::With(429, vec![("retry-after", seconds.to_owned())], vec![]);
    let (bench, token) = warm().await;
    let began = Instant::now();
    bench.acs.replies([busy("3"), good()]);
    assert_eq!(bench.exchange(&token).await.status, 200);
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());

    let began = Instant::now();
    bench.acs.replies([busy("20"), good()]);
    let answer = bench.exchange(&token).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("20")));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

/// Of a person of whom nobody else has one.
fn token_of(bench: &Bench, person: u8) -> String {
    bench.token().claim("oid", format!("32c0a5db-05ec-78ea-51ab-3f06b32939{person:02x}")).sign()
}

#[tokio::test]
async fn an_outage_is_answered_at_once_and_ends_by_itself() {
    // SEC-113
    let (bench, token) = warm().await;
    bench.acs.reply(down());
    for person in 1..=3 {
        let answer = bench.exchange_with(&token_of(&bench, person), &format!("a1-{person}")).await;
        assert_eq!(answer.code(), "acs_unavailable");
    }
    let asked = bench.acs.asked().len();
    for _ in 0..20 {
        let answer = bench.exchange(&token).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "acs_unavailable"));
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
    assert_eq!(bench.acs.asked().len(), asked, "nobody asks an ACS that is down");

    // One tries, in vain, and the others still do not.
    bench.clock.forward(5);
    bench.exchange(&token).await;
    assert_eq!(bench.acs.asked().len(), asked + 3);
    bench.exchange(&token_of(&bench, 1)).await;
    assert_eq!(bench.acs.asked().len(), asked + 3);

    bench.acs.reply(good());
    bench.clock.forward(5);
    for _ in 0..3 {
        assert_eq!(bench.exchange(&token_of(&bench, 1)).await.status, 200);
    }
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn one_person_whose_token_makes_acs_fail_is_nobody_elses_outage() {
    // SEC-113
    let (bench, token) = warm().await;
    bench.acs.reply(down());
    for _ in 0..10 {
        assert_eq!(bench.exchange(&token_of(&bench, 1)).await.code(), "acs_unavailable");
    }
    assert_eq!(bench.acs.asked().len(), 1 + 10 * 3, "and their own exchange is tried each time");
    bench.acs.reply(good());
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn a_refusal_is_no_outage() {
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
async fn fifty_clicks_of_one_person_are_one_exchange() {
    // SEC-109
    let (bench, token) = warm().await;
    let all = join_all((0..50).map(|_| bench.exchange(&token))).await;
    for answer in &all {
        assert_eq!((answer.status, &answer.body), (200, &all[0].body));
    }
    assert_eq!(bench.acs.asked().len(), 2);
    assert_eq!(bench.audited().len(), 50, "each is a decision of its own");
    assert!(metrics(&bench).await.contains("exchange_acs_attempts_total 2\n"), "what was joined was not asked");
    // And only while it lasts.
    assert_eq!(bench.exchange(&token).await.status, 200);
    assert_eq!(bench.acs.asked().len(), 3);
}

#[tokio::test]
async fn two_people_never_share_an_exchange() {
    // SEC-077, SEC-109
    let (bench, token) = warm().await;
    let other_person = bench.token().claim("oid", "32c0a5db-05ec-78ea-51ab-3f06b3293970").sign();
    let issuer = format!("{}/{CONTOSO}/v2.0", bench.entra.address);
    let other_tenant = bench.token().claim("tid", CONTOSO).claim("iss", issuer).sign();
    // Its keys are fetched by the first request of a tenant.
    tokio::time::resume();
    assert_eq!(bench.exchange(&other_tenant).await.status, 200);
    let asked = bench.acs.asked().len();
    join_all([&token, &other_person, &other_tenant].map(|token| bench.exchange(token))).await;
    assert_eq!(bench.acs.asked().len(), asked + 3);
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
    // One Entra token that makes ACS fail, in as many names as it likes.
    for person in 1..=4 {
        assert_eq!(bench.exchange(&token_of(&bench, person)).await.code(), "acs_unavailable");
    }
    bench.acs.reply(good());
    assert_eq!(bench.exchange(&token).await.status, 200, "not even its own tenant's");
    // With tokens that differ it is its own tenant's outage.
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
async fn held_crossed_tokens_and_one_entra_token_of_two_people_give_each_their_own_answer() {
    // The answer says for whom and with what ACS was asked, so that one that went to the wrong person is seen.
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
    for ((caller, a1), answer) in asks.zip(answers) {
        let person = if *caller == &bob { "32c0a5db-05ec-78ea-51ab-3f06b3293907" } else { PERSON };
        let given: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(given["token"], format!("d-{person}-{a1}"));
    }
    assert_eq!(bench.acs.asked().len(), 1 + 4, "and what is the same is asked once");
}
