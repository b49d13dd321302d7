//! Artifact C by a managed identity. It is the program, because the identity comes from its environment.

use std::{fs, path::PathBuf, process::Command};

use exchange_service::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::{
    authority::Token,
    bench::{A1, good_key},
    peer::{Peer, Reply},
    running::Running,
};

/// The program with the environment of an App Service with a managed identity.
fn start(name: &str, entra: &Peer, acs: &Peer, identity: &str) -> Running {
    let configuration = include_str!("exchange-service.toml")
        .replace("127.0.0.1:8403", "127.0.0.1:0")
        .replace("http://localhost:8401", &entra.address)
        .replace("http://localhost:8402", &acs.address)
        .replace("[acs]", "[acs]\nidentity = \"managed\"");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, configuration).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program.env("IDENTITY_ENDPOINT", format!("{identity}/token")).env("IDENTITY_HEADER", "canary-header");
    program.arg("--config").arg(path);
    Running::start(program)
}

pub(crate) async fn exchange(running: &Running, entra: &Peer) -> String {
    let now = SystemClock::start().now().seconds();
    let token = Token::good(&entra.address).claim("iat", now).claim("nbf", now).claim("exp", now + 600).sign();
    let request = reqwest::Client::new()
        .post(format!("http://{}/exchange", running.address))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(json!({ "accessToken": A1 }).to_string());
    let response: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    response["code"].as_str().unwrap().to_owned()
}

async fn peers() -> (Peer, Peer, Peer) {
    let entra = Peer::start(Reply::Silence).await;
    entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
    // The program has the real clock. A 403 of ACS contains no date that would have to fit.
    (entra, Peer::start(Reply::new(403, "")).await, Peer::start(Reply::Silence).await)
}

#[tokio::test]
async fn authenticates_to_acs_with_a_managed_identity() {
    // SEC-112
    let (entra, acs, identity) = peers().await;
    let ends = SystemClock::start().now().seconds() + 86_400;
    let token = json!({
        "access_token": "canary-c", "expires_on": ends.to_string(), "token_type": "Bearer",
        "resource": "https://communication.azure.com/", "client_id": "x",
    });
    identity.reply(Reply::new(200, token.to_string()));
    let mut running = start("identity.toml", &entra, &acs, &identity.address);
    for _ in 0..2 {
        assert_eq!(exchange(&running, &entra).await, "acs_refused_service");
    }
    let [asked] = &identity.requests()[..] else { panic!("one token for both") };
    assert!(asked.line.ends_with("resource=https%3A%2F%2Fcommunication.azure.com%2F"), "{}", asked.line);
    assert_eq!(asked.headers["x-identity-header"], "canary-header");
    for asked in acs.requests() {
        assert_eq!(asked.headers["authorization"], "Bearer canary-c");
        assert!(!asked.headers.contains_key("x-ms-content-sha256"));
        let body: Value = serde_json::from_slice(&asked.body).unwrap();
        assert_eq!(body["token"], A1);
    }
    assert_eq!(acs.requests().len(), 2);
    let log = running.end();
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn the_log_of_microsofts_library_has_no_secret() {
    // SEC-118. The library itself logs failed requests at INFO.
    let (entra, acs, _) = peers().await;
    // Nothing listens on this port any more.
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut running = start("unreachable-identity.toml", &entra, &acs, &format!("http://{unused}"));
    assert_eq!(exchange(&running, &entra).await, "service_identity_unavailable");
    let log = running.end();
    assert!(log.contains("Failed response"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn does_not_ask_acs_without_a_token_of_its_identity() {
    // SEC-112
    let (entra, acs, identity) = peers().await;
    identity.reply(Reply::new(400, json!({ "error": "invalid_request" }).to_string()));
    let running = start("no-identity.toml", &entra, &acs, &identity.address);
    // SEC-113: such failures do not open the breaker of ACS.
    for _ in 0..6 {
        assert_eq!(exchange(&running, &entra).await, "service_identity_unavailable");
    }
    assert_eq!(acs.requests().len(), 0);
}
