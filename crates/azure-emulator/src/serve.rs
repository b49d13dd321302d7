//! One process, two listeners.

use std::io;

use tokio::net::TcpListener;

use crate::Emulator;

/// Serves until one of the listeners fails.
///
/// # Errors
/// What the failing listener says.
pub async fn serve(emulator: Emulator, entra: TcpListener, acs: TcpListener) -> io::Result<()> {
    let entra = axum::serve(entra, emulator.entra_router());
    let acs = axum::serve(acs, emulator.acs_router());
    tokio::try_join!(async { entra.await }, async { acs.await }).map(|_| ())
}

/// The URL under which clients on this machine see `listener`, without a trailing slash.
///
/// # Errors
/// If the listener has no local address.
pub fn url_of(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://localhost:{}", listener.local_addr()?.port()))
}
