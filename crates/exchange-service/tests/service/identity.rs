//! Artifact C without a key. The program itself, because its identity comes to it in its environment.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    path::PathBuf,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    thread::JoinHandle,
};

use exchange_service::{Clock, SystemClock};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{
    authority::Token,
    bench::{A1, good_key},
    peer::{Peer, Reply},
};

/// The program, ended with the test, however that ends.
pub(crate) struct Running {
    program: Child,
    pub(crate) address: String,
    /// Nothing where a thread reads it.
    log: Option<Lines<BufReader<ChildStderr>>>,
}

impl Running {
    pub(crate) fn start(mut program: Command) -> Self {
        let mut program = program.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(program.stderr.take().unwrap()).lines();
        let address = log.by_ref().map_while(Result::ok).find_map(|line| {
            let line: Value = serde_json::from_str(&line).ok()?;
            line["fields"]["address"].as_str().map(str::to_owned)
        });
        Self { program, address: address.unwrap(), log: Some(log) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Reads the log to the line with this text.
    pub(crate) fn log_until(&mut self, told: &str) {
        assert!(self.log.as_mut().unwrap().by_ref().map_while(Result::ok).any(|line| line.contains(told)), "{told}");
    }

    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Tells it to end, and how it did.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.program.wait().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.program), signal).unwrap();
    }

    /// Ends it; the rest of the log.
    pub(crate) fn end(&mut self) -> String {
        self.program.kill().unwrap();
        self.log.iter_mut().flatten().map_while(Result::ok).collect::<Vec<_>>().join("\n")
    }

    /// So that the program never waits for its log to be read; the thread ends with it and knows how often it panicked.
    pub(crate) fn read_log_in_a_thread(&mut self) -> JoinHandle<usize> {
        let log = self.log.take().unwrap().map_while(Result::ok);
        std::thread::spawn(move || log.filter(|line| line.contains("\"panic\"")).count())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The program with an identity as an App Service gives it.
fn start(name: &str, entra: &Peer, acs: &Peer, identity: &Peer) -> Running {
    let configuration = include_str!("exchange-service.toml")
        .replace("127.0.0.1:8403", "127.0.0.1:0")
        .replace("http://localhost:8401", &entra.address)
        .replace("http://localhost:8402", &acs.address)
        .replace("[acs]", "[acs]\nidentity = \"managed\"");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, configuration).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program.env("IDENTITY_ENDPOINT", format!("{}/token", identity.address)).env("IDENTITY_HEADER", "canary-header");
    program.arg("--config").arg(path);
    Running::start(program)
}

pub(crate) async fn exchange(running: &Running, entra: &Peer) -> String {
    let now = SystemClock::start().unix_seconds();
    let token = Token::good(&entra.address).claim("iat", now).claim("nbf", now).claim("exp", now + 600).sign();
    let request = reqwest::Client::new()
        .post(format!("http://{}/exchange", running.address))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(json!({ "accessToken": A1 }).to_string());
    let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    answer["code"].as_str().unwrap().to_owned()
}

async fn peers() -> (Peer, Peer, Peer) {
    let entra = Peer::start(Reply::Silence).await;
    entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
    // Real time passes here, so ACS answers with what needs no date.
    (entra, Peer::start(Reply::new(403, "")).await, Peer::start(Reply::Silence).await)
}

#[tokio::test]
async fn acs_knows_a_service_without_a_key_by_its_identity() {
    // security 112
    let (entra, acs, identity) = peers().await;
    let ends = SystemClock::start().unix_seconds() + 86_400;
    let token = json!({
        "access_token": "canary-c", "expires_on": ends.to_string(), "token_type": "Bearer",
        "resource": "https://communication.azure.com/", "client_id": "x",
    });
    identity.reply(Reply::new(200, token.to_string()));
    let running = start("identity.toml", &entra, &acs, &identity);
    for _ in 0..2 {
        assert_eq!(exchange(&running, &entra).await, "acs_refused_service");
    }
    let [asked] = &identity.asked()[..] else { panic!("one token for both") };
    assert!(asked.line.ends_with("resource=https%3A%2F%2Fcommunication.azure.com%2F"), "{}", asked.line);
    assert_eq!(asked.headers["x-identity-header"], "canary-header");
    for asked in acs.asked() {
        assert_eq!(asked.headers["authorization"], "Bearer canary-c");
        assert!(!asked.headers.contains_key("x-ms-content-sha256"));
        let body: Value = serde_json::from_slice(&asked.body).unwrap();
        assert_eq!(body["token"], A1);
    }
    assert_eq!(acs.asked().len(), 2);
}

#[tokio::test]
async fn without_a_token_of_its_own_the_service_does_not_ask_acs() {
    // security 112
    let (entra, acs, identity) = peers().await;
    identity.reply(Reply::new(400, json!({ "error": "invalid_request" }).to_string()));
    let running = start("no-identity.toml", &entra, &acs, &identity);
    // security 113: and does not take it for down, however often that happens.
    for _ in 0..6 {
        assert_eq!(exchange(&running, &entra).await, "service_identity_unavailable");
    }
    assert_eq!(acs.asked().len(), 0);
}
