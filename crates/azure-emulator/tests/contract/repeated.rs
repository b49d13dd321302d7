//! Two runs with the same number, clock and requests.

use axum::http::{HeaderMap, Method};
use azure_emulator::{Emulator, IdTokenFault, Seed, Tampering};

use crate::{
    backend::signed,
    browser::{Answer, Browser, options, renewal, request},
};

const ALICE: &str = "alice@fabrikam.example";

async fn seen(what: &mut Vec<(HeaderMap, String)>, answer: Answer) -> Answer {
    what.push((answer.headers.clone(), answer.body.clone()));
    answer
}

/// Every byte of some of everything: pages, codes, tokens, keys, refusals and forgeries.
async fn run(browser: &mut Browser) -> Vec<(HeaderMap, String)> {
    let mut all = Vec::new();
    let picked = browser.pick(ALICE, "organizations", &request()).await;
    let code = seen(&mut all, picked).await.returned("code").unwrap();
    let tokens = browser.token("organizations", &crate::browser::redemption(&code)).await;
    let tokens = seen(&mut all, tokens).await.json();
    browser.emulator.rotate_signing_keys();
    let renewed = browser.token("organizations", &renewal(&tokens["refresh_token"])).await;
    seen(&mut all, renewed).await;
    for path in ["/organizations/discovery/v2.0/keys", "/nowhere/discovery/v2.0/keys"] {
        let answer = browser.get(path).await;
        seen(&mut all, answer).await;
    }
    browser.emulator.tamper(Tampering { id_token: Some(IdTokenFault::UnknownKey), ..Tampering::NONE });
    let forged = browser.token("organizations", &renewal(&tokens["refresh_token"])).await;
    seen(&mut all, forged).await;
    let body = r#"{"createTokenWithScopes":["chat"]}"#;
    let identity = signed(browser, Method::POST, "/identities?api-version=2023-10-01", body).await;
    seen(&mut all, identity).await;
    all
}

fn numbered(number: u64) -> Browser {
    Browser::of(Emulator::with_seed(options(), Seed::default().numbered(number)))
}

#[tokio::test]
async fn the_same_number_and_clock_give_the_same_bytes() {
    let first = run(&mut numbered(7)).await;
    assert_eq!(first, run(&mut numbered(7)).await);
    for ((_, body), (_, other)) in first.iter().zip(run(&mut numbered(8)).await) {
        assert!(body.is_empty() || *body != other, "{body}");
    }
}

#[tokio::test]
async fn a_reset_begins_the_same_run_again() {
    let mut browser = numbered(7);
    let first = run(&mut browser).await;
    browser.emulator.reset();
    assert_eq!(first, run(&mut Browser::of(browser.emulator.clone())).await);
}

#[tokio::test]
async fn a_question_more_does_not_change_the_answers_that_follow() {
    let mut browser = numbered(7);
    browser.get("/").await;
    browser.authorize("organizations", &request()).await;
    let code = browser.pick(ALICE, "organizations", &request()).await.returned("code");
    assert_eq!(code, numbered(7).pick(ALICE, "organizations", &request()).await.returned("code"));
}

#[tokio::test]
async fn without_a_number_nothing_repeats() {
    let run_once = async || {
        let mut browser = Browser::of(Emulator::new(options()));
        let answer = browser.pick(ALICE, "organizations", &request()).await;
        (answer.returned("code"), browser.get("/organizations/discovery/v2.0/keys").await.body)
    };
    let (first, second) = (run_once().await, run_once().await);
    assert!(first.0 != second.0 && first.1 != second.1);
}
