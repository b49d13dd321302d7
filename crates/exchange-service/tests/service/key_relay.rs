//! The issuer's keys, relayed to pages.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::{
    authority::{CONTOSO, FABRIKAM, PERSONAL, STRANGER, forgers_key, jwk, key},
    bench::{Answer, Bench, PAGE_ORIGIN, good_key},
    peer::Reply,
};

async fn get(bench: &Bench, path: &str) -> Answer {
    bench.send(Request::get(path).header("origin", PAGE_ORIGIN).body(Body::empty()).unwrap()).await
}

fn key_ids(answer: &Answer) -> Vec<String> {
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    document["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_page_may_read_the_keys_and_keep_them_for_five_minutes() {
    // security 83, 90
    let bench = Bench::start().await;
    for _ in 0..3 {
        let answer = get(&bench, &format!("/keys/{FABRIKAM}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE_ORIGIN));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let document: Value = serde_json::from_str(&answer.body).unwrap();
        let mut expected = good_key(&bench.entra.address);
        expected["alg"] = "RS256".into();
        assert_eq!(document, json!({ "keys": [expected] }));
    }
    assert_eq!(bench.entra.asked().len(), 1);
    assert_eq!(bench.audited().len(), 0, "nothing is decided about anybody");
}

#[tokio::test]
async fn keys_of_a_tenant_that_is_not_allowed_are_not_fetched() {
    // security 73, 103
    let bench = Bench::start().await;
    for tenant in [STRANGER, PERSONAL, "common", "organizations", "..", "%2e%2e", ""] {
        let answer = get(&bench, &format!("/keys/{tenant}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{tenant}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(bench.entra.asked().len(), 0);
}

#[tokio::test]
async fn a_foreign_page_gets_no_keys() {
    // security 90
    let bench = Bench::start().await;
    let request = Request::get("/keys").header("origin", "https://evil.example").body(Body::empty()).unwrap();
    assert_eq!(bench.send(request).await.status, 403);
    assert_eq!(bench.entra.asked().len(), 0);
}

#[tokio::test]
async fn the_keys_of_all_tenants_are_told_apart_by_whom_they_speak_for() {
    // security 71
    let bench = Bench::start().await;
    let mut nobodys = jwk("nobodys", forgers_key(), "x");
    nobodys.as_object_mut().unwrap().remove("issuer");
    let personal = jwk("personal", key(), &format!("{}/{PERSONAL}/v2.0", bench.entra.address));
    bench.publish(&[good_key(&bench.entra.address), nobodys, personal]);
    // Both tenants have the same keys. The one that does not say for whom it speaks is bound by its address alone.
    assert_eq!(key_ids(&get(&bench, "/keys").await), ["key-1", "personal"]);
    assert_eq!(key_ids(&get(&bench, &format!("/keys/{CONTOSO}")).await), ["key-1", "nobodys", "personal"]);
    assert_eq!(bench.entra.asked().len(), 2);
}

#[tokio::test]
async fn an_outage_of_one_tenant_is_not_everybodys() {
    // security 113
    let bench = Bench::start().await;
    let good = bench.entra.reply_now();
    bench.entra.reply(Reply::new(500, "down"));
    for path in ["/keys".to_owned(), format!("/keys/{FABRIKAM}")] {
        let answer = get(&bench, &path).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "keys_unavailable"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    bench.clock.forward(5);
    bench.entra.replies([good, Reply::new(500, "down")]);
    assert_eq!(key_ids(&get(&bench, "/keys").await), ["key-1"]);
}
