//! Reproducible runs: the same seed number, clock and requests.

use axum::http::{HeaderMap, Method};
use azure_emulator::{Emulator, Faults, IdTokenFault, Seed};

use crate::{
    backend::signed,
    browser::{Browser, Response, options, renewal, request},
};

const ALICE: &str = "alice@fabrikam.example";

/// Adds the headers and the body of a response to `all`.
async fn recorded(all: &mut Vec<(HeaderMap, String)>, response: Response) -> Response {
    all.push((response.headers.clone(), response.body.clone()));
    response
}

/// The responses with a code, tokens, keys, an error, a forged token and an identity.
async fn run(browser: &mut Browser) -> Vec<(HeaderMap, String)> {
    let mut all = Vec::new();
    let picked = browser.pick(ALICE, "organizations", &request()).await;
    let code = recorded(&mut all, picked).await.returned("code").unwrap();
    let tokens = browser.token("organizations", &crate::browser::redemption(&code)).await;
    let tokens = recorded(&mut all, tokens).await.json();
    browser.emulator.rotate_signing_keys();
    let renewed = browser.token("organizations", &renewal(&tokens["refresh_token"])).await;
    recorded(&mut all, renewed).await;
    for path in ["/organizations/discovery/v2.0/keys", "/nowhere/discovery/v2.0/keys"] {
        let response = browser.get(path).await;
        recorded(&mut all, response).await;
    }
    browser.emulator.set_faults(Faults { id_token: Some(IdTokenFault::UnknownKey), ..Faults::NONE });
    let forged = browser.token("organizations", &renewal(&tokens["refresh_token"])).await;
    recorded(&mut all, forged).await;
    let body = r#"{"createTokenWithScopes":["chat"]}"#;
    let identity = signed(browser, Method::POST, "/identities?api-version=2023-10-01", body).await;
    recorded(&mut all, identity).await;
    all
}

fn numbered(number: u64) -> Browser {
    Browser::of(Emulator::with_seed(options(), Seed::default().numbered(number)))
}

#[tokio::test]
async fn the_same_number_and_clock_give_the_same_bytes() {
    let first = run(&mut numbered(7)).await;
    assert_eq!(first, run(&mut numbered(7)).await);
    let other = run(&mut numbered(8)).await;
    assert_eq!((first.len(), other.len()), (7, 7));
    for (index, (one, other)) in first.iter().zip(&other).enumerate() {
        assert_ne!(one, other, "response {index}");
    }
    let bodies = first.iter().zip(&other).filter(|((_, body), _)| !body.is_empty());
    let same: Vec<_> = bodies.filter(|((_, body), (_, other))| body == other).collect();
    assert!(same.is_empty(), "{same:?}");
}

#[tokio::test]
async fn a_reset_starts_the_same_run_again() {
    let mut browser = numbered(7);
    let first = run(&mut browser).await;
    browser.emulator.reset();
    assert_eq!(first, run(&mut Browser::of(browser.emulator.clone())).await);
}

#[tokio::test]
async fn an_additional_request_does_not_change_the_next_code() {
    let mut browser = numbered(7);
    browser.get("/").await;
    browser.authorize("organizations", &request()).await;
    let code = browser.pick(ALICE, "organizations", &request()).await.returned("code");
    assert_eq!(code, numbered(7).pick(ALICE, "organizations", &request()).await.returned("code"));
}

#[tokio::test]
async fn runs_without_a_number_differ() {
    let run_once = async || {
        let mut browser = Browser::of(Emulator::new(options()));
        let response = browser.pick(ALICE, "organizations", &request()).await;
        (response.returned("code"), browser.get("/organizations/discovery/v2.0/keys").await.body)
    };
    let (first, second) = (run_once().await, run_once().await);
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
}
