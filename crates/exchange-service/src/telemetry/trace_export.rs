//! Exports spans to a collector of OpenTelemetry: OTLP over HTTP, one span for each decision.
//!
//! The library encodes spans, authorizes requests and repeats them, as the variables `OTEL_*` say. Batches are ours: of
//! its two processors one blocks a thread until the collector responds, and the other is experimental and blocks the
//! only thread of a small machine at the end. Its tracer would export a span for each probe, too.

use std::{
    env, mem,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{SpanId, SpanKind, Status},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    resource::{EnvResourceDetector, ResourceDetector, TelemetryResourceDetector},
    trace::{Config, ShouldSample, SpanData, SpanEvents, SpanExporter as _, SpanLinks},
};
use parking_lot::Mutex;
use reqwest::Url;

use crate::{
    net::outbound::{NoResponse, Outbound},
    start_error::StartError,
    telemetry::audit::{Audit, Ending, RequestIds},
};

/// How long spans are collected before they are sent together.
const BATCH: Duration = Duration::from_secs(2);

/// The maximum number of spans in a batch. More are dropped, so that a failing collector does not fill the memory.
const MOST: usize = 2_048;

/// The timeout of one request with a batch. No request of a person waits for it.
const WITHIN: Duration = Duration::from_secs(5);

/// The timeout at the end of the process, which waits for it.
const AT_THE_END: Duration = Duration::from_secs(3);

/// The longest response of a collector that is read, in bytes.
const MAX_RESPONSE: usize = 16 * 1024;

const NAME: &str = "exchange-service";

#[derive(Clone)]
pub(crate) struct TraceExport(Arc<Shared>);

struct Shared {
    exporter: SpanExporter,
    sampler: Box<dyn ShouldSample>,
    spans: Mutex<Vec<SpanData>>,
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
    /// An exporter to this address. Fails if the library rejects one of the variables.
    pub(crate) fn new(address: Url, outbound: Outbound) -> Result<Self, StartError> {
        let exporter = SpanExporter::builder().with_http().with_http_client(Client(outbound)).with_endpoint(address);
        let mut exporter = exporter.build().map_err(|_| StartError::NoTraceExporter)?;
        exporter.set_resource(&resource());
        Ok(Self(Arc::new(Shared {
            exporter,
            sampler: Config::default().sampler,
            spans: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
        })))
    }

    /// Decides which spans are exported.
    pub(crate) fn sampler(&self) -> &dyn ShouldSample {
        self.0.sampler.as_ref()
    }

    /// Adds a span for a decision, if the sampler chose it.
    pub(crate) fn record(&self, ids: &RequestIds<'_>, audit: &Audit, ending: Ending, lasted: Lasted) {
        if !ids.trace.span().is_sampled() {
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
            let shared = self.0.clone();
            tokio::spawn(async move {
                tokio::time::sleep(BATCH).await;
                shared.send().await;
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

impl Shared {
    async fn send(&self) {
        let _sending = self.sending.lock().await;
        let spans = mem::take(&mut *self.spans.lock());
        if spans.is_empty() {
            return;
        }
        // The error has the status, and no text of the collector.
        if let Err(error) = self.exporter.export(spans).await {
            tracing::warn!(%error, "the collector did not take spans");
        }
    }
}

/// The span has no person. The log has the person, under the same correlation id.
fn span(ids: &RequestIds<'_>, audit: &Audit, ending: Ending, lasted: Lasted) -> SpanData {
    let status = match ending {
        Ending::Answered { status, .. } => Some(status.as_u16()),
        Ending::Abandoned => None,
    };
    let attributes = [
        Some(KeyValue::new("exchange.correlation", ids.correlation.as_str().to_owned())),
        status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))),
        ending.code().map(|code| KeyValue::new("error.type", code)),
        audit.reason().map(|reason| KeyValue::new("exchange.reason", reason)),
        audit.attempts().map(|attempts| KeyValue::new("exchange.acs_attempts", i64::from(attempts))),
    ];
    // By OpenTelemetry's conventions for HTTP, a client's mistake is not an error of the server's span.
    let failed = status.is_none_or(|status| status >= 500);
    let parent = ids.trace.parent();
    SpanData {
        span_context: ids.trace.span().clone(),
        parent_span_id: parent,
        parent_span_is_remote: parent != SpanId::INVALID,
        span_kind: SpanKind::Server,
        name: audit.exchange().unwrap_or("request").into(),
        start_time: SystemTime::UNIX_EPOCH + lasted.until.saturating_sub(lasted.took),
        end_time: SystemTime::UNIX_EPOCH + lasted.until,
        attributes: attributes.into_iter().flatten().collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: if failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder(NAME).build(),
    }
}

/// The name of the service and what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say. The last one wins.
fn resource() -> Resource {
    let detectors: [Box<dyn ResourceDetector>; 2] =
        [Box::new(TelemetryResourceDetector), Box::new(EnvResourceDetector::new())];
    let resource = Resource::builder_empty().with_service_name(NAME).with_detectors(&detectors);
    match env::var("OTEL_SERVICE_NAME") {
        Ok(name) if !name.is_empty() => resource.with_service_name(name).build(),
        _ => resource.build(),
    }
}

/// The service's own client: a default client would follow redirects, with the headers of the collector, and use the
/// proxies of the environment.
#[derive(Debug)]
struct Client(Outbound);

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (mut head, body) = request.into_parts();
        // One of them may be a key: `OTEL_EXPORTER_OTLP_HEADERS`.
        head.headers.values_mut().for_each(|value| value.set_sensitive(true));
        let address = head.uri.to_string().parse()?;
        let received = self.0.send(head.method, address, head.headers, body.into(), WITHIN, MAX_RESPONSE).await;
        let received = received.map_err(|no_response| match no_response {
            NoResponse::TooLarge => HttpError::from(ResponseBodyTooLarge::new()),
            NoResponse::Unreachable | NoResponse::TimedOut => HttpError::from("no response"),
        })?;
        let mut response = Response::new(received.body.into());
        *response.status_mut() = received.status.try_into()?;
        *response.headers_mut() = received.headers;
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;

    use super::*;
    use crate::telemetry::{correlation::CorrelationId, trace_context::TraceContext};

    #[tokio::test(start_paused = true)]
    async fn drops_spans_beyond_the_limit_of_a_batch() {
        // SEC-107
        let unreachable = "http://localhost:1".parse().unwrap();
        let export = TraceExport::new(unreachable, Outbound::new().unwrap()).unwrap();
        let headers = HeaderMap::new();
        let correlation = CorrelationId::of(&headers);
        let lasted = Lasted { until: Duration::from_secs(60), took: Duration::from_secs(1) };
        for _ in 0..MOST + 10 {
            let trace = TraceContext::of(&headers, Some(export.sampler()));
            let ids = RequestIds { correlation: &correlation, trace: &trace, route: None, address: None };
            export.record(&ids, &Audit::default(), Ending::Abandoned, lasted);
        }
        assert_eq!(export.0.spans.lock().len(), MOST);
        export.finish().await;
        assert_eq!(export.0.spans.lock().len(), 0);
    }
}
