//! Spans for an OTLP collector.

use std::{fs, path::PathBuf, process::Command};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value as AttributeValue,
};
use prost::Message;
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
    collector.requests().iter().flat_map(|request| spans(&request.body)).collect()
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
    assert_eq!(collector.requests()[0].line, "POST /v1/traces");
    let [span] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&TRACE.into(), &PARENT.into()));
    assert_eq!((&span["name"], &span["kind"]), (&"teams_user".into(), &2.into()));
    assert_eq!(span["endTimeUnixNano"], format!("{NOW}000000000"));
    assert_eq!(attribute(span, "http.response.status_code").unwrap()["intValue"], "200");
    let header = bench.acs.requests()[0].headers["traceparent"].to_str().unwrap().to_owned();
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
    let sent = String::from_utf8(collector.requests()[0].body.clone()).unwrap();
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
    assert_eq!(collector.requests().len(), 0);
}

#[tokio::test]
async fn sends_a_batch_again_if_the_collector_is_busy() {
    let (bench, collector) = traced().await;
    collector.replies([Reply::new(503, "busy"), Reply::new(200, "{}")]);
    assert_eq!(exchange(&bench, "x", None).await, 401);
    let spans = spans(&bench, &collector).await;
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0], spans[1]);
}

#[tokio::test]
async fn passes_tracestate_on_to_acs_and_to_the_collector() {
    // SEC-121
    let (bench, collector) = traced().await;
    let mut request = request(&bench.token().sign());
    for (name, value) in [("traceparent", format!("00-{TRACE}-{PARENT}-01")), ("tracestate", "congo=t61r".to_owned())] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    assert_eq!(bench.send(request).await.status, 200);
    assert_eq!(spans(&bench, &collector).await[0]["traceState"], "congo=t61r");
    assert_eq!(bench.acs.requests()[0].headers["tracestate"], "congo=t61r");
}

/// Runs the program with a variable for each pair, sends it `requests` that it refuses, and ends it. Returns its log.
async fn log_of_program(name: &str, section: &str, variables: &[(&str, &str)], requests: usize) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let configuration = include_str!("exchange-service.toml").replace("127.0.0.1:8403", "127.0.0.1:0") + section;
    fs::write(&path, configuration).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program.env("ACS_ACCESS_KEY", ACCESS_KEY).envs(variables.iter().copied()).arg("--config").arg(path);
    let mut running = Running::start(program);
    let http = reqwest::Client::new();
    for _ in 0..requests {
        let asked =
            http.post(format!("http://{}/exchange", running.address)).header("content-type", "application/json");
        assert_eq!(asked.send().await.unwrap().status().as_u16(), 401);
    }
    drop(http);
    running.end()
}

// Two threads, because these tests block on the program while the collector responds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_the_last_spans_on_sigterm() {
    // SEC-121, SEC-123
    let collector = Peer::start(Reply::new(200, "{}")).await;
    let section = format!("\n[traces]\ncollector = \"{}\"\n", collector.address);
    log_of_program("traces.toml", &section, &[], 3).await;
    assert_eq!(sent(&collector).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_variables_of_opentelemetry_name_collector_headers_protocol_and_resource() {
    let collector = Peer::start(Reply::new(200, "")).await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{}/otlp", collector.address)),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=canary-key,authorization=Bearer%20canary-bearer".to_owned()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
        ("OTEL_SERVICE_NAME", "exchange-west".to_owned()),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=unused,deployment.environment.name=test".to_owned()),
        // A proxy that does not exist: spans do not go through it.
        ("HTTP_PROXY", "http://localhost:1".to_owned()),
        ("http_proxy", "http://localhost:1".to_owned()),
    ];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let log = log_of_program("traces-variables.toml", "", &variables, 1).await;
    let requests = collector.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line, "POST /otlp/v1/traces");
    for (header, value) in [
        ("x-api-key", "canary-key"),
        ("authorization", "Bearer canary-bearer"),
        ("content-type", "application/x-protobuf"),
    ] {
        assert_eq!(requests[0].headers[header], value);
    }
    let request = ExportTraceServiceRequest::decode(&requests[0].body[..]).unwrap();
    let [batch] = &request.resource_spans[..] else { panic!("{request:?}") };
    assert_eq!(batch.scope_spans[0].spans[0].name, "teams_user");
    let attributes = &batch.resource.as_ref().unwrap().attributes;
    for (key, value) in [("service.name", "exchange-west"), ("deployment.environment.name", "test")] {
        let found = attributes.iter().find(|attribute| attribute.key == key).unwrap();
        assert_eq!(found.value.as_ref().unwrap().value, Some(AttributeValue::StringValue(value.to_owned())));
    }
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_of_the_collector_gets_no_headers_and_the_log_has_no_secret() {
    // SEC-118
    let elsewhere = Peer::start(Reply::new(200, "{}")).await;
    let location = vec![("location", format!("{}/canary-location", elsewhere.address))];
    let collector = Peer::start(Reply::With(307, location, b"canary-body".to_vec())).await;
    let address = format!("{}/canary-path", collector.address);
    let variables = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", address.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=canary-key"),
    ];
    let log = log_of_program("traces-redirect.toml", "", &variables, 1).await;
    assert_eq!(collector.requests()[0].line, "POST /canary-path");
    assert_eq!(elsewhere.requests().len(), 0);
    assert!(log.contains("the collector did not take spans"), "{log}");
    assert!(log.contains("307"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_turn_the_export_off() {
    let collector = Peer::start(Reply::new(200, "{}")).await;
    let section = format!("\n[traces]\ncollector = \"{}\"\n", collector.address);
    for (variable, value) in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_SAMPLER", "always_off")] {
        log_of_program(&format!("traces-{variable}.toml"), &section, &[(variable, value)], 1).await;
        assert_eq!(collector.requests().len(), 0, "{variable}");
    }
}
