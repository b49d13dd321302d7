//! Exports spans to a collector: OTLP over HTTP in JSON, one span for each decision.
//!
//! Without the OpenTelemetry crates: they add a second HTTP client, protobuf and a batch runtime, for the only kind of
//! span that this service has.

use std::{mem, sync::Arc, time::Duration};

use parking_lot::Mutex;
use reqwest::{
    Method, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};

use crate::{
    net::outbound::Outbound,
    telemetry::audit::{Audit, Ending, RequestIds},
};

/// How long spans are collected before they are sent together.
const BATCH: Duration = Duration::from_secs(2);

/// The maximum number of spans in a batch. More are dropped, so that a failing collector does not fill the memory.
const MOST: usize = 2_048;

/// The timeout of sending a batch. No request waits for it.
const WITHIN: Duration = Duration::from_secs(5);

/// The timeout at the end of the process, which waits for it.
const AT_THE_END: Duration = Duration::from_secs(3);

/// The longest response of a collector that is read, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;

#[derive(Clone)]
pub(crate) struct TraceExport(Arc<Exporter>);

struct Exporter {
    collector: Url,
    outbound: Outbound,
    spans: Mutex<Vec<Value>>,
    /// Locked while a batch is being sent.
    sending: tokio::sync::Mutex<()>,
}

/// When a request began and how long it took.
#[derive(Clone, Copy)]
pub(crate) struct Lasted {
    /// The end, since 1970.
    pub(crate) until: Duration,
    pub(crate) took: Duration,
}

impl TraceExport {
    /// An exporter to `/v1/traces` of this collector.
    pub(crate) fn new(mut collector: Url, outbound: Outbound) -> Self {
        collector.set_path("/v1/traces");
        Self(Arc::new(Exporter {
            collector,
            outbound,
            spans: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
        }))
    }

    /// Adds a span for a decision, unless the caller began the trace and does not record it.
    pub(crate) fn record(&self, ids: &RequestIds<'_>, audit: &Audit, ending: Ending, lasted: Lasted) {
        if !ids.trace.is_recorded() {
            return;
        }
        let is_first = {
            let mut spans = self.0.spans.lock();
            if spans.len() < MOST {
                spans.push(span(ids, audit, ending, lasted));
            }
            spans.len() == 1
        };
        // The first span of a batch starts the timer that sends the batch.
        if is_first {
            let exporter = self.0.clone();
            tokio::spawn(async move {
                tokio::time::sleep(BATCH).await;
                exporter.send().await;
            });
        }
    }

    /// Sends all remaining spans and waits for the batch in flight, because the process is about to end.
    pub(crate) async fn finish(&self) {
        if tokio::time::timeout(AT_THE_END, self.0.send()).await.is_err() {
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}

impl Exporter {
    async fn send(&self) {
        let _sending = self.sending.lock().await;
        let spans = mem::take(&mut *self.spans.lock());
        if spans.is_empty() {
            return;
        }
        let service = json!([{ "key": "service.name", "value": { "stringValue": "exchange-service" } }]);
        let body = json!({ "resourceSpans": [{
            "resource": { "attributes": service },
            "scopeSpans": [{ "scope": { "name": "exchange-service" }, "spans": spans }],
        }] });
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let body = body.to_string().into_bytes();
        match self.outbound.send(Method::POST, self.collector.clone(), headers, body, WITHIN, LONGEST_ANSWER).await {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => tracing::warn!(status = answer.status, "the collector refused spans"),
            Err(error) => tracing::warn!(?error, "the collector did not take spans"),
        }
    }
}

/// The span has no person. The log has the person, under the same correlation id.
fn span(ids: &RequestIds<'_>, audit: &Audit, ending: Ending, lasted: Lasted) -> Value {
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let number = |key: &str, value: u32| json!({ "key": key, "value": { "intValue": value.to_string() } });
    let status = match ending {
        Ending::Answered { status, .. } => Some(u32::from(status.as_u16())),
        Ending::Abandoned => None,
    };
    let attributes: Vec<Value> = [
        Some(text("exchange.correlation", ids.correlation.as_str())),
        status.map(|status| number("http.response.status_code", status)),
        ending.code().map(|code| text("error.type", code)),
        audit.reason().map(|reason| text("exchange.reason", reason)),
        audit.attempts().map(|attempts| number("exchange.acs_attempts", attempts)),
    ]
    .into_iter()
    .flatten()
    .collect();
    // By OpenTelemetry's conventions for HTTP, a client's mistake is not an error of the server's span.
    let failed = status.is_none_or(|status| status >= 500);
    json!({
        "traceId": ids.trace.trace(),
        "spanId": ids.trace.span(),
        "parentSpanId": ids.trace.parent().unwrap_or_default(),
        "name": audit.exchange().unwrap_or("request"),
        "kind": 2,
        "startTimeUnixNano": lasted.until.saturating_sub(lasted.took).as_nanos().to_string(),
        "endTimeUnixNano": lasted.until.as_nanos().to_string(),
        "attributes": attributes,
        "status": if failed { json!({ "code": 2 }) } else { json!({}) },
    })
}
