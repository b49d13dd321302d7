//! Serves both services, each on its own listener.

use std::io;

use axum::Router;
use tokio::net::TcpListener;

use crate::{
    Emulator, acs, entra,
    host::loopback_only,
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

/// Serves both services until one of the listeners fails. A request with a `Host` that is not a name or address of
/// loopback gets 421.
///
/// # Errors
/// The error of the listener that fails.
pub async fn serve(emulator: Emulator, entra: TcpListener, acs: TcpListener) -> io::Result<()> {
    let entra = axum::serve(entra, loopback_only(emulator.entra_router()));
    let acs = axum::serve(acs, loopback_only(emulator.acs_router()));
    tokio::try_join!(async { entra.await }, async { acs.await }).map(|_| ())
}

/// Serves like [`serve`], over TLS. The URLs in the emulator's options must begin with `https`.
///
/// # Errors
/// The error of the listener that fails.
pub async fn serve_tls(emulator: Emulator, entra: TcpListener, acs: TcpListener, tls: &Tls) -> io::Result<()> {
    let entra = serve_router_tls(emulator.entra_router(), entra, tls);
    let acs = serve_router_tls(emulator.acs_router(), acs, tls);
    tokio::try_join!(entra, acs).map(|_| ())
}

/// Serves one router over TLS, such as [`Emulator::entra_router`] with a layer that counts its requests.
///
/// # Errors
/// The error of the listener.
pub async fn serve_router_tls(router: Router, listener: TcpListener, tls: &Tls) -> io::Result<()> {
    axum::serve(TlsListener::new(listener, tls)?, loopback_only(router)).await
}

/// The `http` URL of `listener` for clients on this machine, without a trailing slash.
///
/// # Errors
/// An error if the listener has no local address.
pub fn url_of(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://localhost:{}", listener.local_addr()?.port()))
}
