use azure_emulator::url_of;
use tokio::net::TcpListener;

/// A listener on a port that the system chooses.
pub(crate) async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no port to listen on: {error}"))
}

/// The origin under which clients on this machine see a listener.
pub(crate) fn url(listener: &TcpListener) -> String {
    url_of(listener).expect("a bound listener has an address")
}

/// The same listener as a site of its own: `http://name.localhost`. Browsers take it for this machine without asking
/// anybody (RFC 6761 §6.3) and for a secure context. The system's resolver does not, so only browsers can use it.
pub(crate) fn url_below_localhost(name: &str, listener: &TcpListener) -> String {
    url(listener).replace("localhost", &format!("{name}.localhost"))
}
