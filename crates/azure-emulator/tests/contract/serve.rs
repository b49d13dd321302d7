use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use azure_emulator::{ACCESS_KEY, Clock, Emulator, Options, serve, url_of};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::browser::NOW;

/// Sends one request over a TCP connection.
async fn send(port: u16, request: &str) -> String {
    send_with(port, request, &format!("host: localhost:{port}\r\n"), "").await
}

/// Sends one request with these headers and this body, and reads the response until the connection closes.
async fn send_with(port: u16, request: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let length = body.len();
    let request = format!("{request} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

/// Starts an emulator, and returns the ports of Entra and ACS.
async fn serving() -> (u16, u16) {
    let entra = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let acs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ports = (entra.local_addr().unwrap().port(), acs.local_addr().unwrap().port());
    let emulator = Emulator::new(Options {
        entra_url: url_of(&entra).unwrap(),
        acs_url: url_of(&acs).unwrap(),
        clock: Clock::stopped_at(NOW),
        coop: false,
    });
    tokio::spawn(serve(emulator, entra, acs));
    ports
}

#[tokio::test]
async fn a_site_that_rebinds_its_name_to_loopback_reaches_neither_control_nor_services() {
    // REV-12: the page is same-origin with the emulator, so `application/json` needs no preflight.
    let (entra, acs) = serving().await;
    let site = format!("rebind.attacker.example:{entra}");
    let headers = format!(
        "host: {site}\r\norigin: http://{site}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/json\r\n"
    );
    let outage = r#"{"discovery":"unavailable"}"#;
    for (port, request) in [
        (entra, "POST /emulator/fault"),
        (entra, "POST /emulator/reset"),
        (entra, "GET /emulator/log"),
        (entra, "GET /common/v2.0/.well-known/openid-configuration"),
        (acs, "POST /identities?api-version=2023-10-01"),
    ] {
        let response = send_with(port, request, &headers, outage).await;
        assert!(response.starts_with("HTTP/1.1 421 "), "{request}: {response}");
        assert!(response.contains("unexpected Host"), "{request}: {response}");
    }
    const METADATA: &str = "GET /common/v2.0/.well-known/openid-configuration";
    let metadata = send(entra, METADATA).await;
    assert!(metadata.starts_with("HTTP/1.1 200 "), "a refused request sets no fault: {metadata}");
    // The same request with a name of loopback changes it.
    let own = headers.replace("rebind.attacker.example", "portal.localhost");
    let changed = send_with(entra, "POST /emulator/fault", &own, outage).await;
    assert!(changed.starts_with("HTTP/1.1 200 "), "{changed}");
    let metadata = send(entra, METADATA).await;
    assert!(metadata.starts_with("HTTP/1.1 503 "), "{metadata}");
}

#[tokio::test]
async fn each_service_listens_on_its_own_port() {
    let entra = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let acs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (entra_port, acs_port) = (entra.local_addr().unwrap().port(), acs.local_addr().unwrap().port());
    let emulator = Emulator::new(Options {
        entra_url: url_of(&entra).unwrap(),
        acs_url: url_of(&acs).unwrap(),
        clock: Clock::stopped_at(NOW),
        coop: false,
    });
    let connection_string = format!("endpoint=http://localhost:{acs_port}/;accesskey={ACCESS_KEY}");
    assert_eq!(emulator.connection_string(), connection_string);
    tokio::spawn(serve(emulator, entra, acs));

    let metadata = send(entra_port, "GET /common/v2.0/.well-known/openid-configuration").await;
    let issuer = format!("\"issuer\":\"http://localhost:{entra_port}/{{tenantid}}/v2.0\"");
    assert!(metadata.contains(&issuer), "{metadata}");
    let unsigned = send(acs_port, "POST /teamsUser/:exchangeAccessToken?api-version=2023-10-01").await;
    assert!(unsigned.starts_with("HTTP/1.1 401 "), "{unsigned}");
    assert!(unsigned.contains("Denied by the resource provider."), "{unsigned}");
}

// Only Linux routes all of 127.0.0.0/8 to loopback, which this test needs.
#[test]
#[cfg(target_os = "linux")]
fn the_program_listens_on_127_0_0_1_only() {
    // From the security review's list of attacks that fail: every client of the emulator can sign in as any account.
    let mut program = Command::new(env!("CARGO_BIN_EXE_azure-emulator"))
        .args(["--entra-port", "0", "--acs-port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The pipe stays open until the end, because the program ends when it cannot print.
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = |line: String| {
        let (name, url) = line.split_once(char::is_whitespace)?;
        matches!(name, "Entra" | "ACS").then(|| url.trim().rsplit_once(':')?.1.parse::<u16>().ok())?
    };
    let ports: Vec<_> = lines.by_ref().filter_map(port).take(2).collect();
    // A listener on every address would accept 127.0.0.2, too.
    let connects = |address: &str, port| std::net::TcpStream::connect((address, port)).is_ok();
    let found: Vec<_> = ports.iter().map(|&port| (connects("127.0.0.1", port), connects("127.0.0.2", port))).collect();
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(found, [(true, false), (true, false)]);
}
