//! Attacks of the security review that failed ("Attacked, and held"), as far as no other test repeats them. The others
//! are in `faults` (crossed tokens), `surface` (origins), `client_address` and `rate_limits` (`X-Forwarded-For`),
//! `callers` (`jku`), `keys` and `acs_answers` (redirects), `assignments` (`nextLink`), `access_keys` and `hmac` (keys
//! and signatures), and next to each secret (`Debug`).

use std::{fs, path::PathBuf, process::Command};

use serde_json::{Value, json};

use crate::{
    authority::FABRIKAM,
    bench::{ACCESS_KEY, Bench, good_key, request},
    peer::{Peer, Reply},
};

#[tokio::test(flavor = "multi_thread")]
async fn held_a_proxy_of_the_environment_is_not_used() {
    let canary = Peer::start(Reply::new(200, "canary")).await;
    let entra = Peer::start(Reply::Silence).await;
    entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
    let denied = json!({ "error": { "code": "InvalidAccessToken", "message": "x" } }).to_string();
    let acs = Peer::start(Reply::new(401, denied)).await;
    let configuration = include_str!("exchange-service.toml")
        .replace("http://localhost:8401", &entra.address)
        .replace("http://localhost:8402", &acs.address);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("held-proxy.toml");
    fs::write(&path, configuration).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program.arg("--config").arg(path).arg("--reach").env("ACS_ACCESS_KEY", ACCESS_KEY);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        program.env(name, &canary.address);
    }
    let output = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let keys = format!("GET /{FABRIKAM}/discovery/v2.0/keys");
    assert!(entra.requests().iter().any(|asked| asked.line == keys), "no request is {keys}");
    assert_eq!(acs.requests().len(), 1);
    assert_eq!(canary.requests().len(), 0);
}

#[tokio::test]
async fn held_texts_of_peers_and_callers_cannot_forge_log_lines() {
    let bench = Bench::start().await;
    let forged = "x\",\"message\":\"allowed\",\"oid\":\"forged";
    let body = json!({ "token": "d", "expiresOn": "2026-11-21T09:00:00Z" }).to_string().into_bytes();
    bench.acs.reply(Reply::With(200, vec![("ms-cv", forged.to_owned())], body));
    let hostile = |value: &'static str| {
        let mut request = request(&bench.token().claim("uti", "a\nb\u{2028}{}").claim("name", "a\r\nb").sign());
        for name in ["x-correlation-id", "traceparent", "x-forwarded-for", "user-agent", "x-request-id"] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        bench.send(request)
    };
    for value in [forged, "{}", "a\tb"] {
        assert_eq!(hostile(value).await.status, 200);
        // `audited` fails unless each line is one JSON object.
        let [line] = &bench.audited()[..] else { panic!("one line") };
        assert_eq!((&line["message"], &line["ms_cv"]), (&json!("allowed"), &json!(forged)));
        assert_eq!((&line["oid"], &line["uti"]), (&json!(crate::authority::PERSON), &Value::Null));
        assert!(!line["correlation"].as_str().unwrap().contains(['"', '{', '\t']));
    }
}
