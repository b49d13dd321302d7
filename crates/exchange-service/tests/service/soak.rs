//! Mixed load on the program, by count and not by the clock: memory, files and connections must not grow with the
//! number of requests.
//!
//! `SOAK_ROUNDS=100 cargo test -p exchange-service --test service soak` sends a hundred thousand requests.

use std::{env, fs, path::PathBuf, process::Command, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use exchange_service::{Clock, SystemClock};
use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::{
    authority::{FABRIKAM, Token},
    bench::{A1, ACCESS_KEY, PAGE_ORIGIN, good_key},
    peer::{Peer, Reply},
    running::Running,
};

const ROUND: usize = 1000;
const AT_ONCE: usize = 8;
/// KiB in a round, which is 64 bytes a request. Without a leak, at least one round of several grows less.
const MAX_GROWTH: u64 = 64;

struct Soak {
    running: Running,
    http: Client,
    entra: Peer,
    acs: Peer,
    tokens: Vec<String>,
}

impl Soak {
    async fn start() -> Self {
        let entra = Peer::start(Reply::Silence).await;
        entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
        // A refusal contains no date that would have to fit the clock of the program.
        let acs = Peer::start(Reply::new(403, "")).await;
        let limits = "[limits]\nper_user_and_minute = 100000\nper_tenant_and_minute = 1000000\nacs_requests_per_30_seconds = 1000000\n\
                      per_address_and_minute = 1000000\n[mailbox]\nstore = \"memory\"\n";
        let configuration = include_str!("exchange-service.toml")
            .replace("listen = \"127.0.0.1:8403\"", "listen = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"")
            .replace("http://localhost:8401", &entra.address)
            .replace("http://localhost:8402", &acs.address)
            + limits;
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("soak.toml");
        fs::write(&path, configuration).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
        program.env("ACS_ACCESS_KEY", ACCESS_KEY).arg("--config").arg(path);
        let now = SystemClock::start().now().seconds();
        // A day, because a long run takes more than an hour.
        let good = Token::good(&entra.address).claim("iat", now).claim("nbf", now).claim("exp", now + 86_400);
        let person = |number: usize| format!("32c0a5db-05ec-78ea-51ab-3f06b32900{number:02x}");
        let tokens = (0..50).map(|number| good.clone().claim("oid", person(number)).sign()).collect();
        // The service closes connections that are idle for ten seconds. A request that is sent just then would fail.
        let idle = Duration::from_secs(5);
        let http = Client::builder().pool_max_idle_per_host(AT_ONCE).pool_idle_timeout(idle).build().unwrap();
        Self { running: Running::start(program), http, entra, acs, tokens }
    }

    /// The request with this number, and its possible statuses.
    fn request(&self, number: usize) -> (RequestBuilder, &'static [u16]) {
        let address = &self.running.address;
        let post = |path: &str| self.http.post(format!("http://{address}{path}")).header("origin", PAGE_ORIGIN);
        let exchange = |token: &str| {
            let request = post("/exchange").header("authorization", format!("Bearer {token}"));
            request.header("content-type", "application/json")
        };
        let token = &self.tokens[number % self.tokens.len()];
        let body = json!({ "accessToken": A1 }).to_string();
        match number % 10 {
            // A new key id each time, because unknown ids must not be kept for ever.
            0 => {
                let (_, signed) = token.split_once('.').unwrap();
                let header = json!({ "alg": "RS256", "kid": format!("x{number}") }).to_string();
                (exchange(&format!("{}.{signed}", URL_SAFE_NO_PAD.encode(header))).body(body), &[401, 503])
            }
            1 => (exchange(token).body("{"), &[400]),
            2 => (post("/exchange").header("origin", format!("https://{number}.example")), &[403]),
            3 => (self.http.get(format!("http://{address}/keys/{FABRIKAM}")), &[200]),
            4 => (post("/mailbox"), &[201]),
            5 => (self.http.get(format!("http://{address}/{number}")), &[404]),
            6 => (exchange(token).header("x-correlation-id", number.to_string()).body("a".repeat(17_000)), &[413]),
            _ => (exchange(token).body(body), &[502]),
        }
    }

    async fn round(&self, round: usize) {
        for begin in (0..ROUND).step_by(AT_ONCE) {
            let some = (begin..begin + AT_ONCE).map(async |number| {
                let (request, expected) = self.request(round * ROUND + number);
                let response = match request.send().await {
                    // The service closes the connection without reading a body that is too long, so the client can fail
                    // to write it before it reads the response.
                    Err(error) if expected == [413] && error.is_request() => return,
                    response => response.unwrap(),
                };
                let status = response.status().as_u16();
                let response = response.text().await.unwrap();
                assert!(expected.contains(&status), "{status} {response}");
            });
            join_all(some).await;
        }
        // The recorded requests would make this test grow.
        self.acs.forget();
    }

    /// Resident memory in KiB, without mapped files, and the number of open files.
    fn usage(&self) -> (u64, usize) {
        let process = format!("/proc/{}", self.running.id());
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        let resident = resident.trim().trim_end_matches(" kB").parse().unwrap();
        (resident, fs::read_dir(format!("{process}/fd")).unwrap().count())
    }
}

#[tokio::test]
async fn memory_and_files_do_not_grow_under_a_mixed_load() {
    // SEC-114
    let mut soak = Soak::start().await;
    let reading = soak.running.count_panics();
    let rounds: usize = env::var("SOAK_ROUNDS").map_or(4, |rounds| rounds.parse().unwrap());
    // Pools, caches and limits reach their size.
    for round in 0..2 {
        soak.round(round).await;
    }
    let (mut resident, files) = soak.usage();
    let mut growths = vec![];
    for round in 2..2 + rounds {
        soak.round(round).await;
        let (now, _) = soak.usage();
        growths.push(now.saturating_sub(resident));
        resident = now;
    }
    // A leak grows in every round. The allocator also grows, by steps that depend on the machine, but not in every
    // round.
    let least = growths.iter().min().unwrap();
    assert!(*least <= MAX_GROWTH, "the memory grew in every round, by so many KiB: {growths:?}");
    let (_, files_after) = soak.usage();
    // Connections are used again: there are no more than requests in flight.
    assert!(files_after <= files + AT_ONCE, "{files} files became {files_after}");
    let page = soak
        .http
        .get(format!("http://{}/metrics", soak.running.metrics_address.as_ref().unwrap()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let sent = (2 + rounds) * ROUND;
    // Eight of ten are decisions: six exchanges, a foreign origin, and an unknown path.
    let decisions = format!("exchange_duration_seconds_count {}\n", sent / 10 * 8);
    assert!(page.contains(&decisions), "{decisions}{page}");
    assert!(page.contains("exchange_in_flight 0\n"), "{page}");
    // At most three fetches in five minutes.
    let unknown = sent / 10;
    assert!(
        soak.entra.requests().len() * 100 <= unknown,
        "{} fetches for {unknown} unknown keys",
        soak.entra.requests().len()
    );
    soak.running.end();
    let panics = reading.join().unwrap();
    assert_eq!(panics, 0);
}
