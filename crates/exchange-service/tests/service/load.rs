//! The program under clients that hold connections without completing requests (REV-05). Meanwhile probes and exchanges
//! are answered, the memory stays below the limit of the systemd unit, and SIGTERM ends the process.
//!
//! `cargo test -p exchange-service --test service load -- --ignored --nocapture` holds 16,000 connections. The limit of
//! open files (`ulimit -Hn`) must be higher than that.

use std::{
    env, fs,
    net::Ipv4Addr,
    path::PathBuf,
    process::Command,
    time::{Duration, UNIX_EPOCH},
};

use exchange_service::{Clock, SystemClock};
use reqwest::Client;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    authority::Token,
    bench::{A1, ACCESS_KEY, PAGE_ORIGIN, good_key, token_body},
    peer::{Peer, Reply},
    running::Running,
};

/// A timeout longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The life of tokens.
const HOUR: Duration = Duration::from_secs(3600);

struct Load {
    running: Running,
    honest: Client,
    caller_token: String,
    _peers: [Peer; 2],
}

/// What a hostile client does with a connection.
#[derive(Clone, Copy)]
enum Abuse {
    Idle,
    /// Sends as much of a head as is allowed, and never its end.
    SlowHead,
    HugeHead,
    /// Requests the longest response many times, and reads nothing.
    NeverReads,
}

const ABUSES: [Abuse; 4] = [Abuse::Idle, Abuse::SlowHead, Abuse::HugeHead, Abuse::NeverReads];

impl Abuse {
    fn bytes(self) -> Vec<u8> {
        let head = |length: usize| format!("GET /livez HTTP/1.1\r\nHost: x\r\nX: {}", "x".repeat(length)).into_bytes();
        match self {
            Self::Idle => vec![],
            Self::SlowHead => head(47 * 1024),
            Self::HugeHead => head(400 * 1024),
            Self::NeverReads => "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100).into_bytes(),
        }
    }
}

impl Load {
    async fn start(name: &str) -> Self {
        let entra = Peer::start(Reply::Silence).await;
        entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
        let now = SystemClock::start();
        let acs = Peer::start(Reply::new(200, token_body(&rfc3339(now.unix_time() + HOUR)))).await;
        let configuration = include_str!("exchange-service.toml")
            .replace("listen = \"127.0.0.1:8403\"", "listen = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"")
            .replace("http://localhost:8401", &entra.address)
            .replace("http://localhost:8402", &acs.address);
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, configuration).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
        program.env("ACS_ACCESS_KEY", ACCESS_KEY).arg("--config").arg(path);
        let (now, end) = (now.now().seconds(), (now.unix_time() + HOUR).as_secs());
        let token = Token::good(&entra.address).claim("iat", now).claim("nbf", now).claim("exp", end);
        // Each request has a new connection.
        let honest = Client::builder().pool_max_idle_per_host(0).timeout(PATIENCE).build().unwrap();
        Self { running: Running::start(program), honest, caller_token: token.sign(), _peers: [entra, acs] }
    }

    async fn abuse(&self, abuse: Abuse, from: Ipv4Addr) -> Option<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        // A small buffer: most of the response stays with the service.
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind((from, 0).into()).unwrap();
        // The service may close it at any time.
        let mut stream =
            timeout(PATIENCE, socket.connect(self.running.address.parse().unwrap())).await.unwrap().ok()?;
        let _ = timeout(PATIENCE, stream.write_all(&abuse.bytes())).await.unwrap();
        Some(stream)
    }

    async fn get(&self, address: &str, path: &str) -> (u16, String) {
        let response = self.honest.get(format!("http://{address}{path}")).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn serves(&self) {
        for path in ["/livez", "/readyz"] {
            assert_eq!(self.get(&self.running.address, path).await.0, 200, "{path}");
            assert_eq!(self.get(self.running.metrics_address.as_ref().unwrap(), path).await.0, 200, "{path}");
        }
        let exchange = self
            .honest
            .post(format!("http://{}/exchange", self.running.address))
            .header("origin", PAGE_ORIGIN)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.caller_token))
            .body(json!({ "accessToken": A1 }).to_string());
        let response = exchange.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{}", response.text().await.unwrap());
    }

    /// The peak of resident memory, in KiB.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.running.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

/// A time since 1970, as ACS writes it.
fn rfc3339(time: Duration) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = httpdate::fmt_http_date(UNIX_EPOCH + time);
    let parts: Vec<_> = date.split(' ').collect();
    let [_, day, month, year, time, _] = parts[..] else { panic!("{date}") };
    let month = MONTHS.iter().position(|name| *name == month).unwrap() + 1;
    format!("{year}-{month:02}-{day}T{time}Z")
}

/// The memory limit of the systemd unit, in KiB.
fn memory_max() -> u64 {
    let unit = include_str!("../../../../deploy/systemd/exchange-service.service");
    let memory = unit.lines().find_map(|line| line.strip_prefix("MemoryMax=")).unwrap();
    memory.strip_suffix('M').unwrap().parse::<u64>().unwrap() * 1024
}

/// Opens connections from several addresses, keeps them, and sends probes and exchanges in between.
async fn under_attack(name: &str, connections: usize, addresses: u8) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    // The connections, and the files that other tests have open.
    assert!(maximum.is_none_or(|most| most >= connections as u64 + 500), "ulimit -Hn is {maximum:?}");
    let mut load = Load::start(name).await;
    load.serves().await;
    let before = load.peak();
    let mut held = vec![];
    for number in 0..connections {
        let address = Ipv4Addr::new(127, 0, 1, u8::try_from(number % usize::from(addresses)).unwrap());
        held.extend(load.abuse(ABUSES[number / usize::from(addresses) % ABUSES.len()], address).await);
        if number % (connections / 5) == 0 {
            load.serves().await;
        }
    }
    load.serves().await;
    let (_, page) = load.get(load.running.metrics_address.as_ref().unwrap(), "/metrics").await;
    let open = page.lines().find(|line| line.starts_with("exchange_connections ")).unwrap();
    let peak = load.peak();
    println!("{} connections made: {open}, resident at most {before} KiB before, {peak} KiB after", held.len());
    assert!(peak < memory_max(), "{peak} KiB");
    // All connections are still open.
    assert!(load.running.terminate().success());
}

#[tokio::test]
async fn serves_and_drains_while_clients_hold_3000_connections() {
    // REV-05
    under_attack("load.toml", 3_000, 8).await;
}

#[tokio::test]
#[ignore = "takes a minute and 16,000 open files"]
async fn serves_and_drains_while_clients_hold_16000_connections() {
    // REV-05
    under_attack("load-16000.toml", 16_000, 200).await;
}
