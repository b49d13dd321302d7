//! The issuer's keys: how often they are fetched, and what happens when they cannot be.

use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use crate::{
    authority::{API, FABRIKAM, NOW, Token, forgers_key, jwk},
    bench::{Bench, good_key},
    peer::Reply,
};

/// Good at any hour of these tests.
fn lasting(bench: &Bench) -> Token {
    bench.token().claim("exp", NOW + 400_000)
}

/// ACS's token must not be what ends.
fn lasting_acs(bench: &Bench, hour: u64) {
    let (day, hour) = (21 + (8 + hour) / 24, (8 + hour) % 24);
    let end = format!("2026-11-{day}T{hour:02}:30:00Z");
    bench.acs.reply(Reply::new(200, crate::bench::token_body(&end)));
}

#[tokio::test]
async fn a_flood_of_unknown_key_ids_is_one_refetch() {
    // security 84
    let bench = Bench::start().await;
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    for invented in 0..50 {
        let token = bench.token().header("kid", format!("invented-{invented}")).sign();
        assert_eq!(bench.exchange(&token).await.status, 401);
    }
    assert_eq!(bench.entra.asked().len(), 2);
    bench.clock.forward(299);
    bench.exchange(&bench.token().header("kid", "invented").sign()).await;
    assert_eq!(bench.entra.asked().len(), 2);
    bench.clock.forward(1);
    bench.exchange(&bench.token().header("kid", "invented").sign()).await;
    assert_eq!(bench.entra.asked().len(), 3);
}

#[tokio::test]
async fn a_new_key_is_found_at_once_and_an_old_one_may_stay() {
    // RP-16's case for an API
    let bench = Bench::start().await;
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    let issuer = format!("{}/{{tenantid}}/v2.0", bench.entra.address);
    bench.publish(&[good_key(&bench.entra.address), jwk("key-2", forgers_key(), &issuer)]);
    let rotated = bench.token().header("kid", "key-2").sign_with(forgers_key(), &RSA_PKCS1_SHA256);
    assert_eq!(bench.exchange(&rotated).await.status, 200);
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    assert_eq!(bench.entra.asked().len(), 2);
}

#[tokio::test]
async fn many_at_once_are_one_fetch() {
    // security 83
    let bench = Bench::start().await;
    let token = bench.token().sign();
    let all = futures_util::future::join_all((0..20).map(|_| bench.exchange(&token))).await;
    assert!(all.iter().all(|answer| answer.status == 200));
    assert_eq!(bench.entra.asked().len(), 1);
}

#[tokio::test]
async fn an_outage_is_survived_for_a_day_and_no_longer() {
    // security 83, 113
    let bench = Bench::start().await;
    let token = lasting(&bench).sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.entra.reply(Reply::new(500, "down"));
    bench.clock.forward(23 * 3600);
    lasting_acs(&bench, 23);
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.clock.forward(2 * 3600);
    lasting_acs(&bench, 25);
    let answer = bench.exchange(&token).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "keys_unavailable"));
    assert_eq!(answer.header("retry-after"), Some("5"));
    bench.publish(&[good_key(&bench.entra.address)]);
    assert_eq!(bench.exchange(&token).await.status, 503);
    bench.clock.forward(5);
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn keys_are_renewed_behind_the_requests_back() {
    // security 83, 85
    let bench = Bench::start().await;
    let token = lasting(&bench).sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.clock.forward(3600);
    lasting_acs(&bench, 1);
    let issuer = format!("{}/{{tenantid}}/v2.0", bench.entra.address);
    bench.publish(&[jwk("key-2", forgers_key(), &issuer)]);
    // The key was withdrawn; this request is what notices, and the last that the key still opens.
    assert_eq!(bench.exchange(&token).await.status, 200);
    while bench.entra.asked().len() < 2 {
        tokio::task::yield_now().await;
    }
    let rotated = lasting(&bench).header("kid", "key-2").sign_with(forgers_key(), &RSA_PKCS1_SHA256);
    assert_eq!(bench.exchange(&rotated).await.status, 200);
    assert_eq!(bench.exchange(&token).await.status, 401);
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_no_keys() {
    // security 71, 103
    let canary = Bench::start().await;
    let elsewhere = ("location", format!("{}/canary", canary.entra.address));
    let huge = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(64 * 1024));
    for (what, reply) in [
        ("empty", Reply::new(200, "")),
        ("html", Reply::new(200, "<html>")),
        ("none", Reply::new(200, r#"{"keys":[]}"#)),
        ("too large", Reply::new(200, huge)),
        ("an error", Reply::new(404, r#"{"keys":[]}"#)),
        ("a redirect", Reply::With(302, vec![elsewhere], vec![])),
    ] {
        let bench = Bench::start().await;
        bench.entra.reply(reply);
        let answer = bench.exchange(&bench.token().sign()).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "keys_unavailable"), "{what}");
        assert_eq!(bench.acs.asked().len(), 0, "{what}");
    }
    assert_eq!(canary.entra.asked().len(), 0);
}

#[tokio::test]
async fn in_an_emergency_a_withdrawn_key_is_gone_at_once() {
    // security 85
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    let issuer = format!("{}/{{tenantid}}/v2.0", bench.entra.address);
    bench.publish(&[jwk("key-2", forgers_key(), &issuer)]);
    assert_eq!(bench.exchange(&token).await.status, 200, "nobody has noticed");
    bench.service.reload().await;
    assert_eq!(bench.exchange(&token).await.status, 401);
    let rotated = bench.token().header("kid", "key-2").sign_with(forgers_key(), &RSA_PKCS1_SHA256);
    assert_eq!(bench.exchange(&rotated).await.status, 200);
    // What cannot be had leaves what was known.
    bench.entra.reply(Reply::new(500, "down"));
    bench.service.reload().await;
    assert_eq!(bench.exchange(&rotated).await.status, 200);
}

#[tokio::test]
async fn an_application_with_signing_keys_of_its_own_is_named_to_entra() {
    // security 86
    let bench = Bench::configured(|text| text.replace("[entra]", "[entra]\nown_signing_key = true")).await;
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    assert_eq!(bench.entra.asked()[0].line, format!("GET /{FABRIKAM}/discovery/v2.0/keys?appid={API}"));
}
