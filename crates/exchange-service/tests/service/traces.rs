//! Spans for an OTLP collector.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    authority::NOW,
    bench::{ACCESS_KEY, Bench, request},
    peer::{Peer, Reply},
    running::Running,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

async fn traced() -> (Bench, Peer) {
    let collector = Peer::start(Reply::new(200, "{}")).await;
    let section = format!("\n[traces]\ncollector = \"{}\"\n", collector.address);
    let bench = Bench::configured(|text| text + &section).await;
    (bench, collector)
}

/// Sends an exchange in a trace with these flags, or without a trace.
async fn exchange(bench: &Bench, token: &str, flags: Option<&str>) -> u16 {
    let mut request = request(token);
    if let Some(flags) = flags {
        let header = format!("00-{TRACE}-{PARENT}-{flags}");
        request.headers_mut().insert("traceparent", header.parse().unwrap());
    }
    bench.send(request).await.status
}

/// Ends the service, and returns all spans that the collector received.
async fn spans(bench: &Bench, collector: &Peer) -> Vec<Value> {
    bench.service.finish().await;
    sent(collector)
}

fn sent(collector: &Peer) -> Vec<Value> {
    let spans = |body: &[u8]| {
        let body: Value = serde_json::from_slice(body).unwrap();
        body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
    };
    collector.asked().iter().flat_map(|asked| spans(&asked.body)).collect()
}

fn attribute<'s>(span: &'s Value, key: &str) -> Option<&'s Value> {
    span["attributes"].as_array().unwrap().iter().find(|attribute| attribute["key"] == key).map(|found| &found["value"])
}

#[tokio::test]
async fn an_exchange_is_a_child_span_and_the_parent_of_the_request_to_acs() {
    // SEC-121
    let (bench, collector) = traced().await;
    assert_eq!(exchange(&bench, &bench.token().sign(), Some("01")).await, 200);
    let spans = spans(&bench, &collector).await;
    assert_eq!(collector.asked()[0].line, "POST /v1/traces");
    let [span] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&TRACE.into(), &PARENT.into()));
    assert_eq!((&span["name"], &span["kind"]), (&"teams_user".into(), &2.into()));
    assert_eq!(span["endTimeUnixNano"], format!("{NOW}000000000"));
    assert_eq!(attribute(span, "http.response.status_code").unwrap()["intValue"], "200");
    let header = bench.acs.asked()[0].headers["traceparent"].to_str().unwrap().to_owned();
    assert_eq!(header, format!("00-{TRACE}-{}-01", span["spanId"].as_str().unwrap()));
}

#[tokio::test]
async fn spans_have_the_code_of_a_refusal_and_no_person_or_token() {
    // SEC-118
    let (bench, collector) = traced().await;
    let token = bench.token().claim("exp", 1).sign();
    assert_eq!(exchange(&bench, &token, None).await, 401);
    let spans = spans(&bench, &collector).await;
    assert_eq!(attribute(&spans[0], "error.type").unwrap()["stringValue"], "caller_token_refused");
    assert_eq!(attribute(&spans[0], "exchange.reason").unwrap()["stringValue"], "expired");
    assert_eq!(spans[0]["parentSpanId"], "");
    let sent = String::from_utf8(collector.asked()[0].body.clone()).unwrap();
    for secret in ["canary", "eyJ", "0000-4000", "127.0.0.1"] {
        assert!(!sent.contains(secret), "{secret}: {sent}");
    }
}

#[tokio::test]
async fn does_not_record_a_trace_that_is_not_sampled() {
    let (bench, collector) = traced().await;
    assert_eq!(exchange(&bench, &bench.token().sign(), Some("00")).await, 200);
    assert_eq!(exchange(&bench, "x", Some("01")).await, 401);
    assert_eq!(spans(&bench, &collector).await.len(), 1);
}

#[tokio::test]
async fn exchanges_continue_while_the_collector_fails() {
    let (bench, collector) = traced().await;
    collector.reply(Reply::new(500, "canary"));
    assert_eq!(exchange(&bench, &bench.token().sign(), None).await, 200);
    assert_eq!(spans(&bench, &collector).await.len(), 1);
    collector.reply(Reply::Silence);
    assert_eq!(exchange(&bench, &bench.token().sign(), None).await, 200);
    assert_eq!(exchange(&bench, &bench.token().sign(), None).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_silent_collector_delays_the_end_by_three_seconds_at_most() {
    // SEC-107, SEC-123
    let (bench, collector) = traced().await;
    collector.reply(Reply::Silence);
    assert_eq!(exchange(&bench, "x", None).await, 401);
    let began = Instant::now();
    bench.service.finish().await;
    assert_eq!(began.elapsed().as_secs(), 3);
    // Without spans, nothing is sent.
    let (bench, collector) = traced().await;
    bench.service.finish().await;
    assert_eq!(collector.asked().len(), 0);
}

// Two threads, because this test blocks on the program while the collector responds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_the_last_spans_on_sigterm() {
    // SEC-121, SEC-123
    let collector = Peer::start(Reply::new(200, "{}")).await;
    let section = format!("\n[traces]\ncollector = \"{}\"\n", collector.address);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("traces.toml");
    let configuration = include_str!("exchange-service.toml").replace("127.0.0.1:8403", "127.0.0.1:0") + &section;
    fs::write(&path, configuration).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program.env("ACS_ACCESS_KEY", ACCESS_KEY).arg("--config").arg(path);
    let mut running = Running::start(program);
    let http = reqwest::Client::new();
    for _ in 0..3 {
        let asked =
            http.post(format!("http://{}/exchange", running.address)).header("content-type", "application/json");
        assert_eq!(asked.send().await.unwrap().status().as_u16(), 401);
    }
    drop(http);
    assert!(running.terminate().success());
    assert_eq!(sent(&collector).len(), 3);
}
