//! Certificates of peers. It is the program, because the trusted certificates come from its environment.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::Command,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

use crate::{
    bench::{ACCESS_KEY, good_key},
    peer::{Peer, Reply},
};

/// A server with TLS that sends one response to every request.
pub(crate) struct BehindTls {
    pub(crate) port: u16,
    /// The requests that it received.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl BehindTls {
    /// Starts a server with a certificate of a new authority, whose certificate is written to the file `authority`.
    pub(crate) async fn trusted_by(authority: &Path, response: (u16, String)) -> Self {
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let ca = certificate(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
        fs::write(authority, ca.self_signed(&ca_key).unwrap().pem()).unwrap();
        let good = certificate(|_| {}).signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
        Self::start(good.der().clone(), &key, response).await
    }

    async fn start(certificate: CertificateDer<'static>, key: &KeyPair, (status, body): (u16, String)) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let this = Self { port: listener.local_addr().unwrap().port(), requests: requests.clone() };
        let length = body.len();
        let response = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                if let Some(request) = request(&mut stream).await {
                    requests.lock().unwrap().push(request);
                }
                let _ = stream.write_all(response.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        this
    }
}

/// Reads the head and body of one request.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.ok().filter(|read| *read > 0)?;
        text.push_str(str::from_utf8(&some[..read]).ok()?);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(text);
        }
    }
}

/// Parameters of a certificate for `localhost`, valid from 2020 to 2120, unless `change` changes them.
fn certificate(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1));
    change(&mut params);
    params
}

#[tokio::test]
async fn sends_nothing_to_a_server_with_an_untrusted_certificate() {
    // SEC-104
    let entra = Peer::start(Reply::Silence).await;
    entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let ca = certificate(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let trusted = folder.join("tls-ca.pem");
    fs::write(&trusted, ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    let ca = Issuer::new(ca, ca_key);

    let good = certificate(|_| {});
    let other_host = certificate(|params| {
        params.subject_alt_names = CertificateParams::new(vec!["evil.example".to_owned()]).unwrap().subject_alt_names;
    });
    let expired = certificate(|params| params.not_after = date_time_ymd(2020, 2, 1));
    let not_yet = certificate(|params| params.not_before = date_time_ymd(2119, 1, 1));
    for (what, certificate, outcome) in [
        ("trusted", good.signed_by(&key, &ca).unwrap(), "ACS: good"),
        ("signed by itself", good.self_signed(&key).unwrap(), "ACS: cannot be reached"),
        ("for another host", other_host.signed_by(&key, &ca).unwrap(), "ACS: cannot be reached"),
        ("expired", expired.signed_by(&key, &ca).unwrap(), "ACS: cannot be reached"),
        ("of the future", not_yet.signed_by(&key, &ca).unwrap(), "ACS: cannot be reached"),
    ] {
        let refusal = (401, r#"{"error":{"code":"InvalidAccessToken"}}"#.to_owned());
        let acs = BehindTls::start(certificate.der().clone(), &key, refusal).await;
        let configuration = include_str!("exchange-service.toml")
            .replace("http://localhost:8401", &entra.address)
            .replace("http://localhost:8402", &format!("https://localhost:{}", acs.port));
        let path = folder.join("tls.toml");
        fs::write(&path, configuration).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
        program.env("ACS_ACCESS_KEY", ACCESS_KEY).env("SSL_CERT_FILE", &trusted).env_remove("SSL_CERT_DIR");
        program.arg("--config").arg(path).arg("--reach").kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_secs(30), program.output()).await.unwrap().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.lines().any(|line| line.starts_with(outcome)), "{what}: {printed}");
        assert_eq!(acs.requests.lock().unwrap().len(), usize::from(what == "trusted"), "{what}");
    }
}
