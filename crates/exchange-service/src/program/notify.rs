//! Notifies systemd (`Type=notify`), which then knows when the service serves, and whether its start failed.

/// Sends a state, as sd_notify(3) describes it, to the socket that systemd names. Without systemd, does nothing.
#[cfg(target_os = "linux")]
pub(crate) fn notify(state: &str) {
    use std::{
        env,
        os::{
            linux::net::SocketAddrExt,
            unix::{
                ffi::OsStrExt,
                net::{SocketAddr, UnixDatagram},
            },
        },
    };
    let Some(socket) = env::var_os("NOTIFY_SOCKET") else { return };
    // An abstract address begins with `@`.
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&socket),
    };
    let sent = address.and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::warn!(%error, "systemd was not notified");
    }
}

/// Does nothing: other systems have no systemd.
#[cfg(not(target_os = "linux"))]
pub(crate) fn notify(_state: &str) {}
