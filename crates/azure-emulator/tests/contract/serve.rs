use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use azure_emulator::{Clock, Emulator, Options, serve, url_of};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::browser::NOW;

/// One request over a real connection.
async fn send(port: u16, request: &str) -> String {
    send_with(port, request, &format!("host: localhost:{port}\r\n"), "").await
}

async fn send_with(port: u16, request: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let length = body.len();
    let request = format!("{request} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

/// A running emulator, and the ports of Entra and ACS.
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
    // REV-12: the page is same-origin with the emulator then, so `application/json` needs no preflight
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
        let answer = send_with(port, request, &headers, outage).await;
        assert!(answer.starts_with("HTTP/1.1 421 ") && answer.contains("unexpected Host"), "{request}: {answer}");
    }
    const METADATA: &str = "GET /common/v2.0/.well-known/openid-configuration";
    assert!(send(entra, METADATA).await.starts_with("HTTP/1.1 200 "), "nothing was changed");
    // The same request by a name of this machine does change it.
    let own = headers.replace("rebind.attacker.example", "portal.localhost");
    assert!(send_with(entra, "POST /emulator/fault", &own, outage).await.starts_with("HTTP/1.1 200 "));
    assert!(send(entra, METADATA).await.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn both_services_answer_on_the_ports_they_were_given() {
    let entra = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let acs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (entra_port, acs_port) = (entra.local_addr().unwrap().port(), acs.local_addr().unwrap().port());
    let emulator = Emulator::new(Options {
        entra_url: url_of(&entra).unwrap(),
        acs_url: url_of(&acs).unwrap(),
        clock: Clock::stopped_at(NOW),
        coop: false,
    });
    assert!(emulator.connection_string().starts_with(&format!("endpoint=http://localhost:{acs_port}/;accesskey=")));
    tokio::spawn(serve(emulator, entra, acs));

    let metadata = send(entra_port, "GET /common/v2.0/.well-known/openid-configuration").await;
    assert!(metadata.contains(&format!("\"issuer\":\"http://localhost:{entra_port}/{{tenantid}}/v2.0\"")));
    let unsigned = send(acs_port, "POST /teamsUser/:exchangeAccessToken?api-version=2023-10-01").await;
    assert!(unsigned.starts_with("HTTP/1.1 401 ") && unsigned.contains("Denied by the resource provider."));
}

#[test]
#[cfg(target_os = "linux")]
fn the_program_listens_at_127_0_0_1_and_at_no_other_address() {
    // From the security review's list of what was attacked and held: everyone who reaches the emulator can be anyone.
    let mut program = Command::new(env!("CARGO_BIN_EXE_azure-emulator"))
        .args(["--entra-port", "0", "--acs-port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Open to the end: a program that cannot print any more ends.
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = |line: String| {
        let (name, url) = line.split_once(char::is_whitespace)?;
        matches!(name, "Entra" | "ACS").then(|| url.trim().rsplit_once(':')?.1.parse::<u16>().ok())?
    };
    let ports: Vec<_> = lines.by_ref().filter_map(port).take(2).collect();
    // All of 127.0.0.0/8 is this machine's. A listener at every address would take 127.0.0.2 as well.
    let connects = |address: &str, port| std::net::TcpStream::connect((address, port)).is_ok();
    let found: Vec<_> = ports.iter().map(|&port| (connects("127.0.0.1", port), connects("127.0.0.2", port))).collect();
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(found, [(true, false), (true, false)]);
}
