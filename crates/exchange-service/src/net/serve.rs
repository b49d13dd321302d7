//! Accepts connections and serves their requests.

use std::{convert::Infallible, error::Error, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{
    Request, Response,
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::net::{
    budget,
    connections::{ConnectionSlot, Connections},
    progress::Progress,
};

/// The timeout of the head of a request, and of an idle connection. Otherwise a few clients that send a byte a second
/// could hold all connections.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long requests in flight can finish after the shutdown. A little more than the timeout of a request.
const GRACE: Duration = Duration::from_secs(20);

/// The pause after an error of `accept` that does not concern one connection, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// The number of connections that the kernel keeps until they are accepted.
const BACKLOG: u32 = 1024;

/// The kernel ends a connection whose peer reads nothing for this long, even after the process has closed it.
#[cfg(target_os = "linux")]
const UNSENT_TIMEOUT: Duration = Duration::from_secs(20);

/// A listener whose connections inherit small buffers in the kernel (tcp(7)), which count as memory of the process.
///
/// # Errors
///
/// The address is in use, or is not an address of this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows it would let another process use the same address.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.set_recv_buffer_size(budget::KERNEL_BUFFER)?;
    socket.set_send_buffer_size(budget::KERNEL_BUFFER)?;
    #[cfg(target_os = "linux")]
    {
        let milliseconds = u32::try_from(UNSENT_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&socket, milliseconds)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves the requests of all connections until `shutdown`, then lets requests in flight finish, for 20 seconds at
/// most. `respond` gets each request with the address of its peer.
///
/// # Errors
///
/// None at present.
pub(crate) async fn accept<R, F, B>(
    slots: Arc<Connections>,
    listener: TcpListener,
    respond: R,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()>
where
    R: Fn(Request<Incoming>, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let connections = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = async {
            let (stream, peer) = listener.accept().await?;
            io::Result::Ok((stream, peer, slots.admit(peer.ip()).await))
        };
        tokio::select! {
            accepted = accepted => match accepted {
                Ok((stream, peer, Some(slot))) => connect(stream, peer, slot, respond.clone(), &connections),
                // Closed without a response, because a response would need a slot, too.
                Ok((_, _, None)) => {}
                Err(error) if of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(kind = %error.kind(), "no connection can be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            () = &mut shutdown => break,
        }
    }
    // No new connections are accepted after this.
    drop(listener);
    // Connections that are still open after this time are closed.
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
    Ok(())
}

fn connect<R, F, B>(
    stream: TcpStream,
    peer: SocketAddr,
    slot: Arc<ConnectionSlot>,
    respond: R,
    connections: &GracefulShutdown,
) where
    R: Fn(Request<Incoming>, SocketAddr) -> F + Send + 'static,
    F: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let of_requests = slot.clone();
    let service = service_fn(move |request| {
        let in_flight = of_requests.begin();
        let response = respond(request, peer);
        async move {
            let response = response.await;
            drop(in_flight);
            response
        }
    });
    // A response is one small write, so there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(budget::MAX_HEAD)
        .max_buf_size(budget::MAX_HEAD)
        .serve_connection(TokioIo::new(Progress::new(stream)), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        tokio::select! {
            // An error of the connection, such as a reset, a timeout or invalid HTTP, is the client's.
            _ = connection => {}
            () = slot.wanted() => {}
        }
    });
}

fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::StatusCode, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
        time::Instant,
    };

    use super::*;
    use crate::http::{serve, serve_within};

    async fn connected(router: Router, shutdown: impl Future<Output = ()> + Send + 'static) -> TcpStream {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router, shutdown));
        TcpStream::connect(address).await.unwrap()
    }

    /// Reads until the service closes the connection.
    async fn all(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.unwrap();
        String::from_utf8(text).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn closes_a_connection_whose_head_takes_ten_seconds() {
        // SEC-095
        for begun in ["", "POST /exchange HTTP/1.1\r\nhost: x\r\nx-slow: "] {
            let mut stream = connected(Router::new(), std::future::pending()).await;
            let began = Instant::now();
            stream.write_all(begun.as_bytes()).await.unwrap();
            let response = all(&mut stream).await;
            assert!(!response.contains("200"), "{response}");
            assert_eq!(began.elapsed().as_secs(), 10, "{begun}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_a_byte_a_second_gets_no_more_time() {
        // SEC-095
        let mut stream = connected(Router::new(), std::future::pending()).await;
        let began = Instant::now();
        for byte in b"GET / HTTP/1.1\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
        assert!((10..13).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_closed() {
        // SEC-095
        let router = Router::new().route("/", get(StatusCode::OK));
        let mut stream = connected(router, std::future::pending()).await;
        let began = Instant::now();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let response = all(&mut stream).await;
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert_eq!(began.elapsed().as_secs(), 10);
    }

    /// Sends requests until the service reads no more. From then on the client reads nothing either.
    async fn pipelined(address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let requests = "GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
        while let Ok(sent) = tokio::time::timeout(Duration::from_secs(1), stream.write_all(requests.as_bytes())).await {
            sent.unwrap();
        }
        stream
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_cut_off() {
        // REV-05
        let router = Router::new().route("/", get("x".repeat(30_000)));
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router, std::future::pending()));
        let began = Instant::now();
        let mut stream = pipelined(address).await;
        // Nothing is read here, so only a failing write shows the end.
        while stream.write_all(b"GET / HTTP/1.1\r\n").await.is_ok() {
            assert!(began.elapsed() < Duration::from_secs(60), "still held");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!((10..=13).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn silent_clients_do_not_delay_the_shutdown() {
        // REV-05
        let router = Router::new().route("/", get("x".repeat(30_000)));
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ends) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, router, async {
            let _ = ends.await;
        }));
        let _idle = TcpStream::connect(address).await.unwrap();
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.unwrap();
        let _reads_nothing = pipelined(address).await;
        end.send(()).unwrap();
        tokio::time::timeout(GRACE, serving).await.unwrap().unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_head_has_48_kib_and_a_larger_one_is_refused() {
        // REV-05
        for (length, good) in [(47 * 1024, true), (49 * 1024, false), (400 * 1024, false)] {
            let router = Router::new().route("/", get(StatusCode::OK));
            let mut stream = connected(router, std::future::pending()).await;
            let head = format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {}\r\n\r\n", "x".repeat(length));
            // The write can fail, because the service may refuse the head before its end.
            let _ = stream.write_all(head.as_bytes()).await;
            let mut response = vec![];
            let _ = stream.read_to_end(&mut response).await;
            assert_eq!(response.starts_with(b"HTTP/1.1 200 OK\r\n"), good, "{length}");
            assert!(good || response.is_empty() || response.starts_with(b"HTTP/1.1 431 "), "{length}");
        }
    }

    #[tokio::test]
    async fn accepts_a_newcomer_while_another_client_holds_all_places() {
        // REV-05
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(StatusCode::OK));
        let slots = Connections::new(20);
        tokio::spawn(serve_within(slots.clone(), listener, router, std::future::pending()));
        let mut greedy = vec![];
        for _ in 0..40 {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            let mut stream = socket.connect(address).await.unwrap();
            // The write can fail, because the connection may already have been closed for the newcomer.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await;
            greedy.push(stream);
        }
        let mut honest = TcpStream::connect(address).await.unwrap();
        honest.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        assert!(all(&mut honest).await.starts_with("HTTP/1.1 200 OK\r\n"));
        let census = slots.census();
        assert!(census.open <= 20, "{census:?}");
        assert!(census.gave_way >= 21, "{census:?}");
    }

    #[tokio::test]
    async fn finishes_a_request_in_flight_after_the_shutdown_signal() {
        // SEC-123
        let (asked, was_asked) = oneshot::channel::<()>();
        let (end, ends) = oneshot::channel::<()>();
        let (asked, ends) = (std::sync::Mutex::new(Some(asked)), async {
            let _ = ends.await;
        });
        let (go_on, gone_on) = tokio::sync::watch::channel(false);
        let asked = std::sync::Arc::new(asked);
        let slow = get(async move || {
            if let Some(asked) = asked.lock().unwrap().take() {
                asked.send(()).unwrap();
            }
            gone_on.clone().wait_for(|on| *on).await.unwrap();
            "finished"
        });
        let mut stream = connected(Router::new().route("/", slow), ends).await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        was_asked.await.unwrap();
        end.send(()).unwrap();
        go_on.send(true).unwrap();
        assert!(all(&mut stream).await.ends_with("finished"));
    }
}
