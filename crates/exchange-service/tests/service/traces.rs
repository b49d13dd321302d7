//! Spans for a collector.

use serde_json::Value;

use crate::{
    authority::NOW,
    bench::{Bench, request},
    peer::{Peer, Reply},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Draining, so that no batch is waited for.
async fn traced() -> (Bench, Peer) {
    let collector = Peer::start(Reply::new(200, "{}")).await;
    let section = format!("\n[traces]\ncollector = \"{}\"\n", collector.address);
    let bench = Bench::configured(|text| text + &section).await;
    bench.service.drain();
    (bench, collector)
}

/// One exchange in a trace with these flags, or in none.
async fn exchange(bench: &Bench, token: &str, flags: Option<&str>) -> u16 {
    let mut request = request(token);
    if let Some(flags) = flags {
        let header = format!("00-{TRACE}-{PARENT}-{flags}");
        request.headers_mut().insert("traceparent", header.parse().unwrap());
    }
    bench.send(request).await.status
}

/// The spans, once so many requests have come.
async fn spans(collector: &Peer, requests: usize) -> Vec<Value> {
    for _ in 0..1_000_000 {
        if collector.asked().len() >= requests {
            break;
        }
        tokio::task::yield_now().await;
    }
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
async fn an_exchange_is_a_span_under_the_callers_and_acs_is_asked_under_it() {
    // security 121
    let (bench, collector) = traced().await;
    assert_eq!(exchange(&bench, &bench.token().sign(), Some("01")).await, 200);
    let spans = spans(&collector, 1).await;
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
async fn a_refusal_is_told_by_its_code_and_no_span_says_who_or_shows_a_token() {
    // security 118
    let (bench, collector) = traced().await;
    let token = bench.token().claim("exp", 1).sign();
    assert_eq!(exchange(&bench, &token, None).await, 401);
    let spans = spans(&collector, 1).await;
    assert_eq!(attribute(&spans[0], "error.type").unwrap()["stringValue"], "caller_token_refused");
    assert_eq!(attribute(&spans[0], "exchange.reason").unwrap()["stringValue"], "expired");
    assert_eq!(spans[0]["parentSpanId"], "");
    let sent = String::from_utf8(collector.asked()[0].body.clone()).unwrap();
    for secret in ["canary", "eyJ", "0000-4000", "127.0.0.1"] {
        assert!(!sent.contains(secret), "{secret}: {sent}");
    }
}

#[tokio::test]
async fn a_trace_that_its_owner_does_not_record_is_not_recorded_here() {
    let (bench, collector) = traced().await;
    assert_eq!(exchange(&bench, &bench.token().sign(), Some("00")).await, 200);
    assert_eq!(exchange(&bench, "x", Some("01")).await, 401);
    assert_eq!(spans(&collector, 1).await.len(), 1);
}

#[tokio::test]
async fn a_collector_that_fails_is_nobodys_trouble_but_the_logs() {
    let (bench, collector) = traced().await;
    collector.reply(Reply::new(500, "canary"));
    assert_eq!(exchange(&bench, &bench.token().sign(), None).await, 200);
    assert_eq!(spans(&collector, 1).await.len(), 1);
    collector.reply(Reply::Silence);
    assert_eq!(exchange(&bench, &bench.token().sign(), None).await, 200);
    assert_eq!(exchange(&bench, &bench.token().sign(), None).await, 200);
}
