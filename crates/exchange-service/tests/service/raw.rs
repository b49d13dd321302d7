//! Requests that no client writes, byte by byte over a connection.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::bench::Bench;

/// The status of the answer, or nothing where the connection was closed without one.
async fn status(bench: &Bench, request: &[u8]) -> Option<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(exchange_service::serve(listener, bench.service.router(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The service may have seen enough before the end.
    let _ = stream.write_all(request).await;
    let mut answer = vec![0; 12];
    let read = stream.read_exact(&mut answer).await;
    serving.abort();
    read.ok()?;
    str::from_utf8(&answer[9..]).unwrap().parse().ok()
}

#[tokio::test]
async fn a_head_that_two_readers_could_read_in_two_ways_is_refused() {
    // security 94
    let bench = Bench::start().await;
    let with = |lines: &str| format!("POST /exchange HTTP/1.1\r\nHost: x\r\n{lines}\r\n{{}}").into_bytes();
    assert_eq!(status(&bench, &with("Content-Type: application/json\r\nContent-Length: 2\r\n")).await, Some(401));
    for lines in [
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2, 3\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Content-Type: text/plain\r\n application/json\r\n",
        "Content-Type : application/json\r\n",
        ": x\r\n",
        "X-Evil\r\n",
        "X-Evil: a\0b\r\n",
        "X-Evil: a\rb\r\n",
        &format!("X-Long: {}\r\n", "a".repeat(600 * 1024)),
        &"X-Many: a\r\n".repeat(200),
    ] {
        let answer = status(&bench, &with(lines)).await;
        assert!(matches!(answer, None | Some(400 | 431)), "{answer:?} {}", &lines[..lines.len().min(60)]);
    }
    for line in [
        "POST /exchange",
        "POST  /exchange HTTP/1.1",
        "POST /exchange HTTP/9.9",
        "PO ST /exchange HTTP/1.1",
        "\u{16}\u{3}\u{1}",
    ] {
        let answer = status(&bench, format!("{line}\r\nHost: x\r\n\r\n").as_bytes()).await;
        assert!(matches!(answer, None | Some(400)), "{answer:?} {line}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70 * 1024));
    assert!(matches!(status(&bench, long.as_bytes()).await, None | Some(400 | 414 | 431)));
    assert_eq!(bench.acs.asked().len(), 0);
}
