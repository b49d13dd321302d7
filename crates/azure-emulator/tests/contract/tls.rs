use std::sync::Arc;

use azure_emulator::{Clock, Emulator, Options, Tls, serve_tls};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::browser::NOW;

/// Starts an emulator with TLS, and returns the ports of Entra and ACS.
async fn start(tls: &Tls) -> (u16, u16) {
    let entra = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let acs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ports = (entra.local_addr().unwrap().port(), acs.local_addr().unwrap().port());
    let emulator = Emulator::new(Options {
        entra_url: format!("https://localhost:{}", ports.0),
        acs_url: format!("https://localhost:{}", ports.1),
        clock: Clock::stopped_at(NOW),
        coop: false,
    });
    let tls = tls.clone();
    tokio::spawn(async move { serve_tls(emulator, entra, acs, &tls).await });
    ports
}

/// Sends one request as a client that trusts only this authority, and returns the response.
async fn get(port: u16, name: &'static str, ca_pem: &str, path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), stream).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

#[tokio::test]
async fn both_services_serve_a_client_that_trusts_the_authority() {
    let tls = Tls::generate(&Clock::system());
    let (entra, acs) = start(&tls).await;
    let metadata = get(entra, "localhost", tls.ca_pem(), "/common/v2.0/.well-known/openid-configuration").await;
    let metadata = metadata.unwrap();
    let issuer = format!("\"issuer\":\"https://localhost:{entra}/{{tenantid}}/v2.0\"");
    assert!(metadata.contains(&issuer), "{metadata}");
    let response = get(acs, "127.0.0.1", tls.ca_pem(), "/").await.unwrap();
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
}

#[tokio::test]
async fn the_certificate_is_valid_for_one_run_and_for_loopback_only() {
    let (tls, of_another_run) = (Tls::generate(&Clock::system()), Tls::generate(&Clock::system()));
    let (entra, _) = start(&tls).await;
    for (name, ca_pem) in [("localhost", of_another_run.ca_pem()), ("login.microsoftonline.com", tls.ca_pem())] {
        let error = get(entra, name, ca_pem, "/").await.unwrap_err().to_string();
        assert!(error.starts_with("invalid peer certificate: "), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_connection_without_a_handshake_does_not_delay_others() {
    let tls = Tls::generate(&Clock::system());
    let (entra, _) = start(&tls).await;
    let _silent = TcpStream::connect(("127.0.0.1", entra)).await.unwrap();
    let response = get(entra, "localhost", tls.ca_pem(), "/").await.unwrap();
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
}

#[test]
fn debug_shows_neither_certificate_nor_key() {
    assert_eq!(format!("{:?}", Tls::generate(&Clock::stopped_at(NOW))), "Tls { .. }");
}
