//! One process, two listeners.

use std::io;

use axum::Router;
use tokio::net::TcpListener;

use crate::{
    Emulator, acs, entra,
    host::of_this_machine,
    tls::{Tls, TlsListener},
};

impl Emulator {
    /// The routes of Entra, to be served at [`Options::entra_url`](crate::Options::entra_url).
    pub fn entra_router(&self) -> Router {
        entra::router(self.clone())
    }

    /// The routes of ACS, to be served at [`Options::acs_url`](crate::Options::acs_url).
    pub fn acs_router(&self) -> Router {
        acs::router(self.clone())
    }
}

/// Serves until one of the listeners fails. Requests whose `Host` is no name or address of loopback are refused with 421.
///
/// # Errors
/// What the failing listener says.
pub async fn serve(emulator: Emulator, entra: TcpListener, acs: TcpListener) -> io::Result<()> {
    let entra = axum::serve(entra, of_this_machine(emulator.entra_router()));
    let acs = axum::serve(acs, of_this_machine(emulator.acs_router()));
    tokio::try_join!(async { entra.await }, async { acs.await }).map(|_| ())
}

/// Serves like [`serve`], over TLS. The emulator's URLs must begin with `https`.
///
/// # Errors
/// What the failing listener says.
pub async fn serve_tls(emulator: Emulator, entra: TcpListener, acs: TcpListener, tls: &Tls) -> io::Result<()> {
    let entra = axum::serve(TlsListener::new(entra, tls)?, of_this_machine(emulator.entra_router()));
    let acs = axum::serve(TlsListener::new(acs, tls)?, of_this_machine(emulator.acs_router()));
    tokio::try_join!(async { entra.await }, async { acs.await }).map(|_| ())
}

/// The URL under which clients on this machine see `listener`, without a trailing slash.
///
/// # Errors
/// If the listener has no local address.
pub fn url_of(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://localhost:{}", listener.local_addr()?.port()))
}
