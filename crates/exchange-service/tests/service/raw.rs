//! Malformed requests that no HTTP client sends, as bytes over a connection.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::bench::Bench;

/// The status of the response, or nothing if the connection was closed without one.
async fn status(bench: &Bench, request: &[u8]) -> Option<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(exchange_service::serve(listener, bench.service.router(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The service can refuse a request before all of it has arrived.
    let _ = stream.write_all(request).await;
    let mut response = vec![0; 12];
    let read = stream.read_exact(&mut response).await;
    serving.abort();
    read.ok()?;
    str::from_utf8(&response[9..]).unwrap().parse().ok()
}

#[tokio::test]
async fn refuses_ambiguous_request_heads() {
    // SEC-094
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
        let response = status(&bench, &with(lines)).await;
        assert!(matches!(response, None | Some(400 | 431)), "{response:?} {}", &lines[..lines.len().min(60)]);
    }
    for line in [
        "POST /exchange",
        "POST  /exchange HTTP/1.1",
        "POST /exchange HTTP/9.9",
        "PO ST /exchange HTTP/1.1",
        "\u{16}\u{3}\u{1}",
    ] {
        let response = status(&bench, format!("{line}\r\nHost: x\r\n\r\n").as_bytes()).await;
        assert!(matches!(response, None | Some(400)), "{response:?} {line}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70 * 1024));
    assert!(matches!(status(&bench, long.as_bytes()).await, None | Some(400 | 414 | 431)));
    assert_eq!(bench.acs.requests().len(), 0);
}

/// All bytes that the service sends for these until it closes the connection.
async fn answers(bench: &Bench, request: &[u8]) -> String {
    let listener = exchange_service::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(exchange_service::serve(listener, bench.service.router(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(request).await;
    let mut answers = vec![];
    let _ = stream.read_to_end(&mut answers).await;
    serving.abort();
    String::from_utf8(answers).unwrap()
}

#[tokio::test]
async fn answers_no_request_that_is_smuggled_in_a_body() {
    // An attack of the security review ("Attacked, and held"): if the service read the smuggled bytes as a request, it
    // would send two responses.
    let bench = Bench::start().await;
    let smuggled = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (lines, statuses) in [
        // RFC 9112 section 6.3: Transfer-Encoding wins, and the connection ends.
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", vec!["401", "415"]),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", vec!["401", "415"]),
        ("Transfer-Encoding: xchunked\r\n", vec!["400"]),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", vec!["400"]),
        ("Transfer-Encoding: chunked, identity\r\n", vec!["400"]),
        ("Content-Length: 5\r\nContent-Length: 0\r\n", vec!["400"]),
        ("Content-Length: +5\r\n", vec!["400"]),
        ("Content-Length : 5\r\n", vec!["400"]),
        ("Content-Length: 0\r\n X: folded\r\n", vec!["400"]),
    ] {
        let request = format!("POST /exchange HTTP/1.1\r\nHost: x\r\n{lines}\r\n0\r\n\r\n{smuggled}");
        let answers = answers(&bench, request.as_bytes()).await;
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{lines} {answers}");
        assert!(statuses.iter().any(|status| answers.starts_with(&format!("HTTP/1.1 {status}"))), "{lines} {answers}");
    }
    assert_eq!(bench.acs.requests().len(), 0);
}

#[tokio::test]
async fn is_no_proxy_does_not_echo_and_speaks_http_1_1_only() {
    // An attack of the security review ("Attacked, and held").
    let bench = Bench::start().await;
    let acs = bench.acs.address.clone();
    let host = acs.trim_start_matches("http://").to_owned();
    let many = |count: usize| format!("GET /livez HTTP/1.1\r\n{}", "X: y\r\n".repeat(count));
    for (request, statuses) in [
        // The authority of an absolute target is ignored (RFC 9112 section 3.2.2).
        (format!("GET {acs}/nothing HTTP/1.1\r\nHost: {host}\r\n"), vec!["404"]),
        (format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n"), vec!["400", "404", "405"]),
        ("TRACE /exchange HTTP/1.1\r\nHost: x\r\nX-Canary: canary\r\n".to_owned(), vec!["405"]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n".to_owned(), vec!["400", "505"]),
        (many(99), vec!["200"]),
        (many(100), vec!["431"]),
    ] {
        let answers = answers(&bench, format!("{request}Connection: close\r\n\r\n").as_bytes()).await;
        let held = statuses.iter().any(|status| answers.starts_with(&format!("HTTP/1.1 {status}")));
        assert!(held || (answers.is_empty() && statuses[0] == "400"), "{request} {answers}");
        assert!(!answers.contains("canary"), "{answers}");
    }
    assert_eq!(bench.acs.requests().len(), 0);
}
