use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use azure_emulator::url_of;
use tokio::net::TcpListener;

/// A listener on a port that the system chooses, and that no other listener of this process had before: tests share
/// browsers, which keep data by origin.
pub async fn listen() -> TcpListener {
    static USED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    // They stay open until the end, so that the system does not choose the same port again.
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

/// The origin under which clients on this machine see a listener.
pub(crate) fn url(listener: &TcpListener) -> String {
    url_of(listener).expect("a bound listener has an address")
}

/// The same listener as a site of its own: `http://name.localhost`. Browsers take it for this machine without asking
/// anybody (RFC 6761 §6.3) and for a secure context. The system's resolver does not, so only browsers can use it.
pub(crate) fn url_below_localhost(name: &str, listener: &TcpListener) -> String {
    url(listener).replace("localhost", &format!("{name}.localhost"))
}
