//! From a bound listener to the last answer.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// The head of a request has this long, the time that an idle connection is kept open included. Else a few clients that
/// send a byte a second would hold every connection that the machine has.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A little more than a request may take.
const GRACE: Duration = Duration::from_secs(20);

/// After an error of `accept` that is not one connection's: out of file descriptors, which pass with time only.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown`, then lets requests under way finish, for 20 seconds at most.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connect(stream, peer, router.clone(), &connections),
                Err(error) if of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(kind = %error.kind(), "no connection can be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            () = &mut shutdown => break,
        }
    }
    // Nobody new, from here on.
    drop(listener);
    // Whoever is still there after that long is cut off.
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
    Ok(())
}

fn connect(stream: TcpStream, peer: SocketAddr, router: Router, connections: &GracefulShutdown) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    // An answer is one small write, and nothing follows that it could wait for.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // A client that breaks off, is too slow or speaks no HTTP is the client's own trouble.
        let _ = connection.await;
    });
}

fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use axum::{http::StatusCode, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
        time::Instant,
    };

    use super::*;

    async fn connected(router: Router, shutdown: impl Future<Output = ()> + Send + 'static) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router, shutdown));
        TcpStream::connect(address).await.unwrap()
    }

    /// What arrives until the service closes the connection.
    async fn all(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.unwrap();
        String::from_utf8(text).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_end_is_waited_for_ten_seconds() {
        // security 95
        for begun in ["", "POST /exchange HTTP/1.1\r\nhost: x\r\nx-slow: "] {
            let mut stream = connected(Router::new(), std::future::pending()).await;
            let began = Instant::now();
            stream.write_all(begun.as_bytes()).await.unwrap();
            let answer = all(&mut stream).await;
            assert!(!answer.contains("200"), "{answer}");
            assert_eq!(began.elapsed().as_secs(), 10, "{begun}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_a_byte_a_second_gets_no_more_time() {
        // security 95
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
        // security 95
        let router = Router::new().route("/", get(StatusCode::OK));
        let mut stream = connected(router, std::future::pending()).await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let answer = all(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn a_request_under_way_is_finished_after_the_signal_to_end() {
        // security 123
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
