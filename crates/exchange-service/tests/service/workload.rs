//! Artifact C by a workload identity: the environment that Kubernetes sets, and Entra behind TLS, because Microsoft's
//! library sends the token of a service account over TLS only.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use serde_json::json;

use crate::{
    bench::good_key,
    peer::{Peer, Reply},
    running::Running,
    service_identity::exchange,
    tls::BehindTls,
};

const TENANT: &str = "c0700000-0000-4000-8000-000000000002";
const WORKLOAD: &str = "acc00000-0000-4000-8000-000000000014";

#[tokio::test]
async fn authenticates_to_acs_with_a_workload_identity() {
    // SEC-112
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("workload");
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name);
    let token = json!({ "access_token": "canary-c", "expires_in": 86_400, "token_type": "Bearer" });
    let sts = BehindTls::trusted_by(&file("ca.pem"), (200, token.to_string())).await;
    let entra = Peer::start(Reply::Silence).await;
    entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
    let acs = Peer::start(Reply::new(403, "")).await;
    let configuration = include_str!("exchange-service.toml")
        .replace("127.0.0.1:8403", "127.0.0.1:0")
        .replace("http://localhost:8401", &entra.address)
        .replace("http://localhost:8402", &acs.address)
        .replace("[acs]", "[acs]\nidentity = \"workload\"");
    fs::write(file("exchange-service.toml"), configuration).unwrap();
    fs::write(file("service-account"), "canary-assertion").unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program.env("SSL_CERT_FILE", file("ca.pem")).env_remove("SSL_CERT_DIR").env_remove("ACS_ACCESS_KEY");
    program.env("AZURE_AUTHORITY_HOST", format!("https://localhost:{}", sts.port));
    program.env("AZURE_TENANT_ID", TENANT).env("AZURE_CLIENT_ID", WORKLOAD);
    program.env("AZURE_FEDERATED_TOKEN_FILE", file("service-account"));
    program.arg("--config").arg(file("exchange-service.toml"));
    let mut running = Running::start(program);
    for _ in 0..2 {
        assert_eq!(exchange(&running, &entra).await, "acs_refused_service");
    }
    let requests = sts.requests.lock().unwrap().clone();
    let [asked] = &requests[..] else { panic!("one token for both: {requests:?}") };
    assert!(asked.starts_with(&format!("POST /{TENANT}/oauth2/v2.0/token ")), "{asked}");
    let (_, form) = asked.split_once("\r\n\r\n").unwrap();
    let form: BTreeMap<_, _> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    for (name, value) in [
        ("client_assertion", "canary-assertion"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_id", WORKLOAD),
        ("grant_type", "client_credentials"),
        ("scope", "https://communication.azure.com//.default"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(acs.requests().len(), 2);
    assert!(acs.requests().iter().all(|asked| asked.headers["authorization"] == "Bearer canary-c"));
    let log = running.end();
    assert!(!log.contains("canary"), "{log}");
}
