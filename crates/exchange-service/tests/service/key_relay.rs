//! The relay of the issuer's keys to pages.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo, http::Request};
use serde_json::{Value, json};

use crate::{
    authority::{CONTOSO, FABRIKAM, PERSONAL, STRANGER, forgers_key, jwk, key},
    bench::{Bench, PAGE_ORIGIN, Received, good_key},
    peer::Reply,
};

async fn get(bench: &Bench, path: &str) -> Received {
    bench.send(Request::get(path).header("origin", PAGE_ORIGIN).body(Body::empty()).unwrap()).await
}

fn key_ids(response: &Received) -> Vec<String> {
    let document: Value = serde_json::from_str(&response.body).unwrap();
    document["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_page_can_read_and_cache_the_keys_for_five_minutes() {
    // SEC-083, SEC-090
    let bench = Bench::start().await;
    for _ in 0..3 {
        let response = get(&bench, &format!("/keys/{FABRIKAM}")).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("access-control-allow-origin"), Some(PAGE_ORIGIN));
        assert_eq!(response.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(response.header("content-type"), Some("application/json"));
        let document: Value = serde_json::from_str(&response.body).unwrap();
        let mut expected = good_key(&bench.entra.address);
        expected["alg"] = "RS256".into();
        assert_eq!(document, json!({ "keys": [expected] }));
    }
    // One for each configured tenant. A second request for keys fetches nothing.
    assert_eq!(bench.entra.requests().len(), 2);
    assert_eq!(bench.audited().len(), 0, "no decision about a person");
}

#[tokio::test]
async fn answers_404_for_keys_of_a_text_that_is_no_tenant_id() {
    // SEC-073, SEC-103
    let bench = Bench::start().await;
    for tenant in ["common", "organizations", "..", "%2e%2e", "", "fab00000-0000-4000-8000-00000000000"] {
        let response = get(&bench, &format!("/keys/{tenant}")).await;
        assert_eq!((response.status, response.code().as_str()), (404, "not_found"), "{tenant}");
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    assert_eq!(bench.entra.requests().len(), 0);
}

#[tokio::test]
async fn a_foreign_page_gets_no_keys() {
    // SEC-090
    let bench = Bench::start().await;
    let request = Request::get("/keys").header("origin", "https://evil.example").body(Body::empty()).unwrap();
    assert_eq!(bench.send(request).await.status, 403);
    assert_eq!(bench.entra.requests().len(), 0);
}

#[tokio::test]
async fn relays_keys_only_for_the_issuer_that_they_name() {
    // SEC-071
    let bench = Bench::start().await;
    let mut unnamed = jwk("unnamed", forgers_key(), "x");
    unnamed.as_object_mut().unwrap().remove("issuer");
    let personal = jwk("personal", key(), &format!("{}/{PERSONAL}/v2.0", bench.entra.address));
    bench.publish(&[good_key(&bench.entra.address), unnamed, personal]);
    // Both tenants publish the same keys. A key that names no issuer is valid for the tenant that publishes it, so the
    // combined list leaves it out. A key that names another tenant is left out of this tenant's list.
    assert_eq!(key_ids(&get(&bench, "/keys").await), ["key-1", "personal"]);
    assert_eq!(key_ids(&get(&bench, &format!("/keys/{CONTOSO}")).await), ["key-1", "unnamed"]);
    assert_eq!(bench.entra.requests().len(), 2);
}

#[tokio::test]
async fn serves_the_keys_of_a_tenant_while_another_fails() {
    // SEC-113
    let bench = Bench::start().await;
    let good = bench.entra.reply_now();
    bench.entra.reply(Reply::new(500, "down"));
    for path in ["/keys".to_owned(), format!("/keys/{FABRIKAM}"), format!("/keys/{STRANGER}")] {
        let response = get(&bench, &path).await;
        assert_eq!((response.status, response.code().as_str()), (503, "keys_unavailable"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    bench.clock.forward(5);
    bench.entra.replies([good, Reply::new(500, "down")]);
    assert_eq!(key_ids(&get(&bench, "/keys").await), ["key-1"]);
}

#[tokio::test]
async fn rev_10_the_keys_do_not_reveal_which_tenants_are_customers() {
    let bench = Bench::start().await;
    let of_contoso = jwk("contosos", forgers_key(), &format!("{}/{CONTOSO}/v2.0", bench.entra.address));
    bench.publish(&[good_key(&bench.entra.address), jwk("personal", key(), "https://login.example/x"), of_contoso]);
    let strangers = get(&bench, &format!("/keys/{STRANGER}")).await;
    assert_eq!(key_ids(&strangers), ["key-1"]);
    // The same fetches as for a customer, and none for the stranger's tenant: the time reveals nothing either.
    let asked: Vec<_> = bench.entra.requests().into_iter().map(|asked| asked.line).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(!asked.iter().any(|line| line.contains(STRANGER)), "{asked:?}");
    for tenant in [FABRIKAM, PERSONAL, "00000000-0000-0000-0000-000000000000"] {
        let response = get(&bench, &format!("/keys/{tenant}")).await;
        assert_eq!((response.status, &response.body), (200, &strangers.body), "{tenant}");
        for (name, value) in &strangers.headers {
            assert!(name == "x-correlation-id" || response.headers[name] == value, "{tenant} {name}");
        }
    }
    // A key of one tenant is relayed for that tenant only.
    assert_eq!(key_ids(&get(&bench, &format!("/keys/{CONTOSO}")).await), ["key-1", "contosos"]);
    // The same during an outage of the authority.
    bench.clock.forward(24 * 3600);
    bench.entra.reply(Reply::new(500, "down"));
    for tenant in [FABRIKAM, STRANGER] {
        assert_eq!(get(&bench, &format!("/keys/{tenant}")).await.code(), "keys_unavailable", "{tenant}");
    }
}

#[tokio::test]
async fn rev_10_limits_key_requests_by_address() {
    let bench = Bench::configured(|text| text + "\n[limits]\nper_address_and_minute = 3\n").await;
    let from = |host: u8, path: String| {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, host], 4711))));
        bench.send(request)
    };
    for path in [format!("/keys/{FABRIKAM}"), format!("/keys/{STRANGER}"), "/keys".to_owned()] {
        assert_eq!(from(1, path).await.status, 200);
    }
    for path in [format!("/keys/{FABRIKAM}"), "/keys/x".to_owned(), "/keys".to_owned()] {
        let response = from(1, path).await;
        assert_eq!((response.code().as_str(), response.header("retry-after")), ("rate_limited", Some("20")));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    assert_eq!(from(2, "/keys".to_owned()).await.status, 200);
}

#[tokio::test]
async fn rev_10_does_not_relay_an_applications_own_key_to_other_tenants() {
    let bench = Bench::configured(|text| text.replace("[entra]", "[entra]\nown_signing_key = true")).await;
    let cloud = good_key(&bench.entra.address);
    let own = jwk("own", forgers_key(), cloud["issuer"].as_str().unwrap());
    let document = |keys: &[Value]| Reply::new(200, json!({ "keys": keys }).to_string());
    // One of the two tenants has it, whichever is answered first.
    bench.entra.replies([document(&[cloud.clone(), own]), document(&[cloud])]);
    assert_eq!(key_ids(&get(&bench, &format!("/keys/{STRANGER}")).await), ["key-1"]);
    let sets = [CONTOSO, FABRIKAM].map(|tenant| format!("/keys/{tenant}"));
    let mut with_it = 0;
    for path in sets {
        let ids = key_ids(&get(&bench, &path).await);
        with_it += usize::from(ids == ["key-1", "own"]);
        assert_eq!(ids[0], "key-1");
    }
    assert_eq!(with_it, 1);
}
