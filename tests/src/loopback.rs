use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use azure_emulator::url_of;
use tokio::net::TcpListener;

/// A listener on a port that the system chooses and that no other listener of this process has used: tests share
/// browsers, which keep data by origin.
pub async fn listen() -> TcpListener {
    static USED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    // Rejected listeners stay open until the end, so that the system does not choose their ports again.
    let mut rejected = Vec::new();
    loop {
        let listener =
            TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no port to listen on: {error}"));
        let port = listener.local_addr().expect("a bound listener has an address").port();
        if USED.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return listener;
        }
        rejected.push(listener);
    }
}

/// The origin of a listener, for clients on this machine.
pub(crate) fn url(listener: &TcpListener) -> String {
    url_of(listener).expect("a bound listener has an address")
}

/// The origin of a listener as a separate site: `http://name.localhost`. Browsers resolve it to this machine without
/// DNS (RFC 6761 §6.3) and treat it as a secure context. The resolver of the system does not know it.
pub(crate) fn url_below_localhost(name: &str, listener: &TcpListener) -> String {
    url(listener).replace("localhost", &format!("{name}.localhost"))
}
