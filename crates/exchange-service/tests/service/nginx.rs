//! The examples of `deploy/nginx`, in a real nginx.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener as StdListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    bench::{A1, Bench, D, PAGE_ORIGIN},
    browser_fetch::{Blocked, post},
    peer::{Peer, Reply},
};

const EXCHANGE_SERVICE: &str = include_str!("../../../../deploy/nginx/exchange-service.conf");
const QUICKSTART_CORS: &str = include_str!("../../../../deploy/nginx/quickstart-cors.conf");
const QUICKSTART_SAME_ORIGIN: &str = include_str!("../../../../deploy/nginx/quickstart-same-origin.conf");
/// The origin of the page in the examples for the quickstart sample.
const SIGN_IN: &str = "https://signin.example.com";

/// An nginx that ends with its test.
struct Nginx {
    process: Child,
    address: String,
}

impl Nginx {
    /// Runs an example unchanged, except for the upstream server `named`, its own address, and TLS.
    fn start(example: &str, named: &str, server: &str) -> Self {
        assert!(example.contains(named), "{named}");
        let port = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let example = example
            .replace(named, server.trim_start_matches("http://"))
            .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"));
        let example: String = example
            .lines()
            .filter(|line| !line.contains("ssl_certificate"))
            .fold(String::new(), |text, line| text + line + "\n");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("nginx-{port}"));
        fs::create_dir_all(&folder).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.display()))
            .concat();
        let file = folder.join("nginx.conf");
        let main = format!(
            "daemon off;\nmaster_process off;\npid {}/pid;\nerror_log stderr notice;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}{example}}}\n",
            folder.display()
        );
        fs::write(&file, main).unwrap();
        // On Debian it is in a directory that only the PATH of root has.
        let program = ["/usr/sbin/nginx", "nginx"].into_iter().find(|path| fs::exists(path).unwrap_or(false));
        let mut process = Command::new(program.unwrap_or("nginx"))
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .expect("nginx is installed: `cargo xtask test` does that on Debian, as root");
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        // It binds its sockets before it logs its event method.
        let mut lines = vec![];
        let listens = log.by_ref().any(|line| {
            lines.push(line);
            lines.last().is_some_and(|line| line.contains("event method"))
        });
        assert!(listens, "{lines:?}");
        thread::spawn(move || log.for_each(drop));
        Self { process, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An exchange service on loopback that trusts one proxy.
async fn service() -> (Bench, String) {
    let bench = Bench::configured(|text| text + "\n[limits]\ntrusted_proxies = 1\n").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(exchange_service::serve(listener, bench.service.router(), std::future::pending()));
    (bench, address)
}

/// A valid token of a person with this number of groups.
fn token_with_groups(bench: &Bench, groups: usize) -> String {
    let groups: Vec<_> = (0..groups).map(|group| format!("96000000-0000-4000-8000-{group:012}")).collect();
    bench.token().claim("groups", groups).sign()
}

#[tokio::test]
async fn nginx_passes_tokens_of_16_kib_and_readable_refusals_of_longer_ones() {
    // REP-19
    let (bench, service) = service().await;
    let nginx = Nginx::start(EXCHANGE_SERVICE, "127.0.0.1:8403", &service);
    let without = EXCHANGE_SERVICE.replace("large_client_header_buffers 4 32k;", "");
    let usual = Nginx::start(&without, "127.0.0.1:8403", &service);
    for (groups, kibibytes, status) in [(200, 8, 200), (260, 12, 200), (400, 20, 401)] {
        let token = token_with_groups(&bench, groups);
        assert!(token.len() > kibibytes * 1024, "{}", token.len());
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = json!({ "accessToken": A1 }).to_string();
        let response = post(PAGE_ORIGIN, &format!("{}/exchange", nginx.address), &headers, body.clone()).await.unwrap();
        assert_eq!(response.status, status, "{}", token.len());
        assert!(response.headers.contains_key("x-correlation-id"));
        // The control: with its default limits nginx refuses the request itself, and the page cannot read the refusal.
        let unreadable = post(PAGE_ORIGIN, &format!("{}/exchange", usual.address), &headers, body).await.unwrap_err();
        assert_eq!(unreadable, Blocked::Origin(vec![]));
    }
}

#[tokio::test]
async fn behind_nginx_ignores_an_address_that_the_client_invents() {
    // REP-19
    let (bench, service) = service().await;
    let nginx = Nginx::start(EXCHANGE_SERVICE, "127.0.0.1:8403", &service);
    let request = reqwest::Client::new()
        .post(format!("{}/exchange", nginx.address))
        .bearer_auth(bench.token().sign())
        .header("content-type", "application/json")
        .header("x-forwarded-for", "192.0.2.9")
        .body(json!({ "accessToken": A1 }).to_string());
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    assert_eq!(bench.audited()[0]["address"], "127.0.0.1");
}

/// A stand-in for the sample: it issues a token, and sends no CORS headers.
async fn quickstart() -> Peer {
    Peer::start(Reply::new(200, json!({ "token": D }).to_string())).await
}

#[tokio::test]
async fn nginx_adds_cors_to_the_quickstart_sample_for_the_page_only() {
    // REP-22
    let sample = quickstart().await;
    let nginx = Nginx::start(QUICKSTART_CORS, "127.0.0.1:3000", &sample.address);
    let headers = [
        ("authorization", "Bearer x"),
        ("content-type", "application/json"),
        ("traceparent", "x"),
        ("x-correlation-id", "x"),
    ];
    let direct = post(SIGN_IN, &format!("{}/exchange", sample.address), &headers, "{}".to_owned()).await;
    assert_eq!(direct.unwrap_err(), Blocked::PreflightOrigin(vec![]));
    let before = sample.requests().len();

    let url = format!("{}/exchange", nginx.address);
    for foreign in ["https://evil.example", "https://signin.example.com.evil.example", "null"] {
        let blocked = post(foreign, &url, &headers, "{}".to_owned()).await.unwrap_err();
        assert_eq!(blocked, Blocked::PreflightOrigin(vec![]), "{foreign}");
        let forced = reqwest::Client::new().post(&url).header("origin", foreign).body("{}").send().await.unwrap();
        assert_eq!(forced.status().as_u16(), 403, "{foreign}");
    }
    assert_eq!(sample.requests().len(), before, "neither a preflight nor a foreign page reaches the sample");

    let response = post(SIGN_IN, &url, &headers, "{}".to_owned()).await.unwrap();
    assert_eq!((response.status, response.body), (200, json!({ "token": D }).to_string()));
    assert_eq!(sample.requests().len(), before + 1);
}

#[tokio::test]
async fn nginx_serves_the_quickstart_sample_on_the_pages_host_to_the_page_only() {
    // REP-22
    let sample = quickstart().await;
    let server = format!("server {{\nlisten 443 ssl;\n{QUICKSTART_SAME_ORIGIN}}}\n");
    let nginx = Nginx::start(&server, "127.0.0.1:3000", &sample.address);
    let url = format!("{}/exchange", nginx.address);
    let client = reqwest::Client::new();
    for request in [client.post(&url), client.post(&url).header("origin", "https://evil.example"), client.get(&url)] {
        assert_eq!(request.send().await.unwrap().status().as_u16(), 403);
    }
    assert_eq!(client.get(&url).header("origin", SIGN_IN).send().await.unwrap().status().as_u16(), 403);
    assert_eq!(sample.requests().len(), 0);
    // A browser sends `Origin` with every POST, also to its own origin.
    assert_eq!(client.post(&url).header("origin", SIGN_IN).send().await.unwrap().status().as_u16(), 200);
}
