//! Spans for a collector: OTLP over HTTP in its JSON encoding, one span a decision.
//!
//! Written out rather than by the OpenTelemetry crates: those bring a second HTTP client, protobuf and a runtime of batches,
//! for the one shape of span that this service has.

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

/// Spans are collected for this long and sent together.
const BATCH: Duration = Duration::from_secs(2);

/// More in one batch are dropped: a collector that is down must not fill the memory.
const MOST: usize = 2_048;

/// What a collector may take for a batch. No request waits for it.
const WITHIN: Duration = Duration::from_secs(5);

/// What it may take at the end of the process, which does wait.
const AT_THE_END: Duration = Duration::from_secs(3);

/// A collector's answer is not read further than this.
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

/// When a request was in flight.
#[derive(Clone, Copy)]
pub(crate) struct Lasted {
    /// Since 1970.
    pub(crate) until: Duration,
    pub(crate) took: Duration,
}

impl TraceExport {
    /// To `/v1/traces` of this collector.
    pub(crate) fn new(mut collector: Url, outbound: Outbound) -> Self {
        collector.set_path("/v1/traces");
        Self(Arc::new(Exporter {
            collector,
            outbound,
            spans: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
        }))
    }

    /// Takes one decision, unless the caller began its trace and does not record it.
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
        // The first of a batch sees to the others.
        if is_first {
            let exporter = self.0.clone();
            tokio::spawn(async move {
                tokio::time::sleep(BATCH).await;
                exporter.send().await;
            });
        }
    }

    /// Sends what there is and waits for what is in flight, because the process is about to end.
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

/// Without the person: the log has that, under the same correlation id.
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
    // A client's mistake is no error of the server's span (OpenTelemetry's conventions for HTTP).
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
