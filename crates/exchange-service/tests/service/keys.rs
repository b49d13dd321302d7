//! The issuer's keys: fetches, caching, rotation and outages.

use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use serde_json::Value;

use crate::{
    authority::{API, FABRIKAM, NOW, Token, forgers_key, jwk, key},
    bench::{Bench, good_key},
    peer::Reply,
};

/// A token that is valid for as long as the tests move the clock.
fn lasting(bench: &Bench) -> Token {
    bench.token().claim("exp", NOW + 400_000)
}

/// Lets ACS issue a token that is valid at this hour of the test.
fn lasting_acs(bench: &Bench, hour: u64) {
    let (day, hour) = (21 + (8 + hour) / 24, (8 + hour) % 24);
    let end = format!("2026-11-{day}T{hour:02}:30:00Z");
    bench.acs.reply(Reply::new(200, crate::bench::token_body(&end)));
}

/// A key set with one key under several ids.
fn set(bench: &Bench, ids: &[&str]) -> Vec<Value> {
    let issuer = format!("{}/{{tenantid}}/v2.0", bench.entra.address);
    ids.iter().map(|id| jwk(id, key(), &issuer)).collect()
}

async fn status(bench: &Bench, key_id: &str) -> u16 {
    bench.exchange(&lasting(bench).header("kid", key_id).sign()).await.status
}

#[tokio::test]
async fn unknown_key_ids_cause_at_most_three_fetches_in_five_minutes() {
    // SEC-084, REP-16
    let bench = Bench::start().await;
    assert_eq!(status(&bench, "key-1").await, 200);
    bench.clock.forward(100);
    for invented in 0..50 {
        let token = bench.token().header("kid", format!("invented-{invented}")).sign();
        let response = bench.exchange(&token).await;
        if invented < 2 {
            assert_eq!(response.status, 401, "absent from a key set that was fetched for it");
        } else {
            assert_eq!((response.status, response.code().as_str()), (503, "keys_unavailable"));
            assert_eq!(response.header("retry-after"), Some("200"));
        }
    }
    assert_eq!(bench.entra.requests().len(), 3);
    assert_eq!(status(&bench, "key-1").await, 200);
    bench.clock.forward(199);
    assert_eq!(status(&bench, "invented").await, 503);
    bench.clock.forward(1);
    assert_eq!(status(&bench, "invented").await, 401);
    assert_eq!(status(&bench, "invented").await, 503);
    assert_eq!(bench.entra.requests().len(), 4);
}

#[tokio::test]
async fn concurrent_unknown_key_ids_share_a_fetch() {
    // SEC-084, REP-16
    let bench = Bench::start().await;
    assert_eq!(status(&bench, "key-1").await, 200);
    let ids: Vec<_> = (0..20).map(|number| format!("invented-{number}")).collect();
    let all = futures_util::future::join_all(ids.iter().map(|id| status(&bench, id))).await;
    assert!(all.iter().all(|status| [401, 503].contains(status)), "{all:?}");
    assert!(all.contains(&401), "{all:?}");
    assert!(bench.entra.requests().len() <= 3, "{} fetches", bench.entra.requests().len());
}

#[tokio::test]
async fn a_published_key_stays_usable_when_a_later_set_lacks_it() {
    // REP-16: the order of responses that a content delivery network with outdated nodes sent.
    let bench = Bench::start().await;
    bench.publish(&set(&bench, &["key-1", "key-2"]));
    assert_eq!(status(&bench, "key-1").await, 200);
    bench.publish(&set(&bench, &["key-2", "key-3"]));
    assert_eq!(status(&bench, "key-3").await, 200);
    bench.publish(&set(&bench, &["key-1", "key-2", "key-3"]));
    for id in ["key-1", "key-2", "key-3"] {
        assert_eq!(status(&bench, id).await, 200, "{id}");
    }
    assert_eq!(bench.entra.requests().len(), 2);
}

#[tokio::test]
async fn fetches_again_for_a_key_that_the_last_set_lacked() {
    // REP-16
    let bench = Bench::start().await;
    assert_eq!(status(&bench, "key-1").await, 200);
    assert_eq!(status(&bench, "key-2").await, 401);
    bench.publish(&set(&bench, &["key-1", "key-2"]));
    assert_eq!(status(&bench, "key-2").await, 200);
    assert_eq!(bench.entra.requests().len(), 3);
}

#[tokio::test]
async fn drops_a_withdrawn_key_after_a_day_or_with_a_reload() {
    // SEC-085, REP-16
    for reloads in [false, true] {
        let bench = Bench::start().await;
        assert_eq!(status(&bench, "key-1").await, 200);
        bench.publish(&set(&bench, &["key-2"]));
        bench.clock.forward(3599);
        lasting_acs(&bench, 1);
        assert_eq!(status(&bench, "key-2").await, 200);
        assert_eq!(status(&bench, "key-1").await, 200);
        if reloads {
            bench.service.reload().await;
        } else {
            bench.clock.forward(23 * 3600);
            lasting_acs(&bench, 24);
            assert_eq!(status(&bench, "key-1").await, 200);
            bench.clock.forward(1);
        }
        assert_eq!(status(&bench, "key-1").await, 401, "{reloads}");
        assert_eq!(status(&bench, "key-2").await, 200);
    }
}

#[tokio::test]
async fn keeps_a_limited_number_of_withdrawn_keys() {
    // REP-16
    let bench = Bench::start().await;
    let ids: Vec<_> = (1..=40).map(|number| format!("key-{number}")).collect();
    bench.publish(&set(&bench, &ids.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(status(&bench, "key-40").await, 200);
    bench.publish(&set(&bench, &["key-0"]));
    assert_eq!(status(&bench, "key-0").await, 200);
    assert_eq!((status(&bench, "key-32").await, status(&bench, "key-33").await), (200, 401));
}

#[tokio::test]
async fn answers_503_for_an_unknown_key_id_while_fetches_fail() {
    // REP-16
    let bench = Bench::start().await;
    assert_eq!(status(&bench, "key-1").await, 200);
    bench.entra.reply(Reply::new(500, "down"));
    for retry_after in ["5", "5"] {
        let response = bench.exchange(&bench.token().header("kid", "key-2").sign()).await;
        assert_eq!((response.status, response.header("retry-after")), (503, Some(retry_after)));
    }
    assert_eq!(bench.entra.requests().len(), 2, "a pause after a fetch that failed");
    bench.publish(&set(&bench, &["key-1", "key-2"]));
    bench.clock.forward(5);
    assert_eq!(status(&bench, "key-2").await, 200);
}

#[tokio::test]
async fn accepts_a_new_key_at_once_next_to_the_old_one() {
    // RP-16, for an API
    let bench = Bench::start().await;
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    let issuer = format!("{}/{{tenantid}}/v2.0", bench.entra.address);
    bench.publish(&[good_key(&bench.entra.address), jwk("key-2", forgers_key(), &issuer)]);
    let rotated = bench.token().header("kid", "key-2").sign_with(forgers_key(), &RSA_PKCS1_SHA256);
    assert_eq!(bench.exchange(&rotated).await.status, 200);
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    assert_eq!(bench.entra.requests().len(), 2);
}

#[tokio::test]
async fn concurrent_requests_share_a_fetch_of_keys() {
    // SEC-083
    let bench = Bench::start().await;
    let token = bench.token().sign();
    let all = futures_util::future::join_all((0..20).map(|_| bench.exchange(&token))).await;
    assert!(all.iter().all(|response| response.status == 200));
    assert_eq!(bench.entra.requests().len(), 1);
}

#[tokio::test]
async fn uses_cached_keys_for_a_day_of_outage_and_no_longer() {
    // SEC-083, SEC-113
    let bench = Bench::start().await;
    let token = lasting(&bench).sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.entra.reply(Reply::new(500, "down"));
    bench.clock.forward(23 * 3600);
    lasting_acs(&bench, 23);
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.clock.forward(2 * 3600);
    lasting_acs(&bench, 25);
    let response = bench.exchange(&token).await;
    assert_eq!((response.status, response.code().as_str()), (503, "keys_unavailable"));
    assert_eq!(response.header("retry-after"), Some("5"));
    bench.publish(&[good_key(&bench.entra.address)]);
    assert_eq!(bench.exchange(&token).await.status, 503);
    bench.clock.forward(5);
    assert_eq!(bench.exchange(&token).await.status, 200);
}

#[tokio::test]
async fn refreshes_old_keys_in_the_background() {
    // SEC-083, SEC-085
    let bench = Bench::start().await;
    let token = lasting(&bench).sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.clock.forward(3600);
    lasting_acs(&bench, 1);
    let issuer = format!("{}/{{tenantid}}/v2.0", bench.entra.address);
    bench.publish(&[jwk("key-2", forgers_key(), &issuer)]);
    // This request starts a fetch in the background.
    assert_eq!(bench.exchange(&token).await.status, 200);
    while bench.entra.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    let rotated = lasting(&bench).header("kid", "key-2").sign_with(forgers_key(), &RSA_PKCS1_SHA256);
    assert_eq!(bench.exchange(&rotated).await.status, 200);
    assert_eq!(bench.entra.requests().len(), 2);
}

#[tokio::test]
async fn answers_503_when_the_key_set_cannot_be_read() {
    // SEC-071, SEC-103
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
        let response = bench.exchange(&bench.token().sign()).await;
        assert_eq!((response.status, response.code().as_str()), (503, "keys_unavailable"), "{what}");
        assert_eq!(bench.acs.requests().len(), 0, "{what}");
    }
    assert_eq!(canary.entra.requests().len(), 0);
}

#[tokio::test]
async fn a_reload_drops_a_withdrawn_key_at_once() {
    // SEC-085
    let bench = Bench::start().await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    let issuer = format!("{}/{{tenantid}}/v2.0", bench.entra.address);
    bench.publish(&[jwk("key-2", forgers_key(), &issuer)]);
    assert_eq!(bench.exchange(&token).await.status, 200, "the cached keys are used");
    bench.service.reload().await;
    assert_eq!(bench.exchange(&token).await.status, 401);
    let rotated = bench.token().header("kid", "key-2").sign_with(forgers_key(), &RSA_PKCS1_SHA256);
    assert_eq!(bench.exchange(&rotated).await.status, 200);
    assert!(bench.raw_log().contains("\"reloaded\""));
    // A reload that fails keeps the known keys, and the log names the issuer.
    bench.audited();
    for reply in [Reply::new(500, "down"), Reply::new(200, "<html>"), Reply::new(200, "{}")] {
        bench.entra.reply(reply);
        bench.service.reload().await;
        assert_eq!(bench.exchange(&rotated).await.status, 200);
    }
    let log = bench.raw_log();
    let warning = log.lines().find(|line| line.contains("could not be fetched, and their last ones stay")).unwrap();
    assert!(warning.contains(FABRIKAM), "{warning}");
    assert!(!log.contains("\"reloaded\""), "{log}");
}

#[tokio::test]
async fn a_reload_drops_a_stolen_key_for_a_key_set_without_usable_keys() {
    // SEC-085, REP-16
    let unusable = serde_json::json!({"kty": "oct", "kid": "key-1"});
    for keys in [vec![], vec![unusable]] {
        let bench = Bench::start().await;
        assert_eq!(status(&bench, "key-1").await, 200);
        bench.publish(&keys);
        bench.clock.forward(3600);
        lasting_acs(&bench, 1);
        assert_eq!(status(&bench, "key-1").await, 200, "a fetch in the background takes an unusable set for a failure");
        bench.service.reload().await;
        assert!(bench.raw_log().contains("\"reloaded\""));
        let refused = bench.exchange(&lasting(&bench).sign()).await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "keys_unavailable"));
    }
}

#[tokio::test]
async fn asks_entra_for_the_applications_own_keys_where_configured() {
    // SEC-086
    let bench = Bench::configured(|text| text.replace("[entra]", "[entra]\nown_signing_key = true")).await;
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    assert_eq!(bench.entra.requests()[0].line, format!("GET /{FABRIKAM}/discovery/v2.0/keys?appid={API}"));
}
