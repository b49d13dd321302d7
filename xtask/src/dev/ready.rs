use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use crate::{failure::Failure, interrupt::Interrupt, stopwatch::Stopwatch};

use super::server::Server;

const POLL: Duration = Duration::from_millis(200);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Waits until the server that was started last responds at a port.
///
/// # Errors
///
/// [`Failure::Died`] if a server ends, [`Failure::Silent`] after the time limit, [`Failure::Interrupted`] after Ctrl-C.
pub(crate) fn wait(
    servers: &mut [Server],
    port: u16,
    path: &str,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    loop {
        servers.iter_mut().try_for_each(Server::check)?;
        if responds(port, path) {
            return Ok(());
        }
        let waited = stopwatch.elapsed();
        if let Some(server) = servers.last().filter(|_| waited > limit) {
            return Err(Failure::Silent { name: server.name, waited, log: server.log.clone() });
        }
        interrupt.pause(POLL)?;
    }
}

/// Whether an HTTP server responds, with any status.
fn responds(port: u16, path: &str) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let attempt = || {
        let mut stream = TcpStream::connect_timeout(&address, RESPONSE_TIMEOUT)?;
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
        stream.set_write_timeout(Some(RESPONSE_TIMEOUT))?;
        // One write: a server that closes with a part unread resets the connection, and its response is lost.
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut start = [0; 5];
        stream.read_exact(&mut start)?;
        std::io::Result::Ok(&start == b"HTTP/")
    };
    attempt().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn server_sending(response: &'static [u8]) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 64];
            let _ = stream.read(&mut request);
            stream.write_all(response).unwrap();
        });
        port
    }

    #[test]
    fn a_server_with_any_status_is_up_and_a_silent_one_is_not() {
        assert!(responds(server_sending(b"HTTP/1.1 404 Not Found\r\n\r\n"), "/"));
        assert!(!responds(server_sending(b""), "/"));
        assert!(!responds(server_sending(b"SSH-2.0-OpenSSH\r\n"), "/"));
    }
}
