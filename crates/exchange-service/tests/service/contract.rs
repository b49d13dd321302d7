//! Compares the contract, `openapi.json`, with the routes. `tests/contract` sends the requests that it describes.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use serde_json::Value;

use crate::bench::{Bench, PAGE_ORIGIN};

async fn everything_on() -> Bench {
    let exchanges = "[exchanges]\ninsecure_teams_users_via_get = true";
    Bench::configured(|text| text.replace("[exchanges]", exchanges) + "\n[mailbox]\nstore = \"memory\"\n").await
}

#[tokio::test]
async fn the_routes_and_methods_are_those_of_the_contract() {
    // SEC-101
    let bench = everything_on().await;
    let served = bench.send(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.body;
    let contract: Value = serde_json::from_str(&served).unwrap();
    for (path, operations) in contract["paths"].as_object().unwrap() {
        let path = path.replace("{tenant}", "x").replace("{id}", "x");
        let known: BTreeSet<_> = operations.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            let request = Request::builder().method(method).uri(&path).header("origin", PAGE_ORIGIN);
            let response = bench.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(response.status != 405, known.contains(method), "{method} {path}: {}", response.status);
            let documented = &operations[method.to_lowercase()]["responses"];
            assert!(response.status == 405 || documented[response.status.to_string()].is_object(), "{method} {path}");
        }
    }
}
