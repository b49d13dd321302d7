use azure_emulator::{Clock, Emulator, Options, serve, url_of};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::browser::NOW;

/// One request over a real connection.
async fn send(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("{request} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
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
