//! TLS for `localhost`, with a certificate authority that signs one certificate and is then discarded.
//!
//! A client that trusts the authority therefore trusts one run of the emulator and nothing else.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::Listener;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
    server::TlsStream,
};

use crate::adjustable_clock::Clock;

/// A certificate for `localhost` with its key, and the certificate of its authority.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    ca_pem: String,
}

/// The time limit of one client's handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Some platforms reject server certificates that are valid for longer than 397 days.
const VALID_DAYS: u64 = 365;

impl Tls {
    /// Makes both certificates. They are valid for 365 days from yesterday, by `clock`.
    #[must_use]
    pub fn generate(clock: &Clock) -> Self {
        let (ca_pem, certificate, key) = certificates(clock.now()).expect("the names are ASCII and the keys are new");
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("the certificate was made for this key");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem }
    }

    /// The certificate of the authority in PEM, for clients to trust.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// The certificate of the authority in PEM, the server's certificate, and the server's key. The key of the authority is
/// dropped here.
fn certificates(now: u64) -> Result<(String, CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let mut ca = params(now, "Azure emulator (this run only)", &[])?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_key = KeyPair::generate()?;
    let ca_pem = ca.self_signed(&ca_key)?.pem();

    let mut server = params(now, "localhost", &["localhost", "127.0.0.1"])?;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key))?;
    Ok((ca_pem, certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
}

fn params(now: u64, name: &str, addresses: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    const DAY: u64 = 24 * 3600;
    let mut params = CertificateParams::new(addresses.iter().map(|&address| address.to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(now.saturating_sub(DAY));
    params.not_after = params.not_before + Duration::from_secs(VALID_DAYS * DAY);
    Ok(params)
}

/// Accepts connections after their handshake. Each handshake has its own task, so that a slow client does not delay the
/// others.
pub(crate) struct TlsListener {
    accepted: Receiver<Accepted>,
    address: SocketAddr,
}

type Accepted = (TlsStream<TcpStream>, SocketAddr);

impl TlsListener {
    /// Accepts from `listener` until this value is dropped.
    ///
    /// # Errors
    /// An error if the listener has no local address.
    pub(crate) fn new(listener: TcpListener, tls: &Tls) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, accepted) = channel(16);
        tokio::spawn(accept(listener, tls.acceptor.clone(), sender));
        Ok(Self { accepted, address })
    }
}

async fn accept(mut listener: TcpListener, acceptor: TlsAcceptor, sender: Sender<Accepted>) {
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = sender.closed() => return,
        };
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            // Connections without TLS, without trust in the certificate or without any bytes are closed.
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                let _ = sender.send((stream, peer)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            // The accepting task ends only after this listener does.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
