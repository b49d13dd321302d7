//! The position of a request in a trace: W3C Trace Context, headers `traceparent` and `tracestate`.

use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};
use opentelemetry::{
    Context,
    propagation::TextMapPropagator,
    trace::{SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceState},
};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::{
    propagation::TraceContextPropagator,
    trace::{IdGenerator, RandomIdGenerator, SamplingDecision, ShouldSample},
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The length of `tracestate` that should at least be passed on (section 3.3). A longer one is dropped, because a
/// caller could send kilobytes through this service to each peer behind it.
const LONGEST_STATE: usize = 512;

/// The caller's span and this service's span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// Invalid if the trace begins here.
    parent: SpanId,
    span: SpanContext,
}

impl TraceContext {
    /// The caller's trace, if the header is well formed and not repeated. Otherwise a new trace.
    ///
    /// `sampler` decides whether the span is exported. Without one, the services behind get the caller's decision, and
    /// need not record a new trace.
    pub(crate) fn of(headers: &HeaderMap, sampler: Option<&dyn ShouldSample>) -> Self {
        let caller = caller(headers);
        let parent = caller.span().span_context().clone();
        let ids = RandomIdGenerator::default();
        let trace = if parent.is_valid() { parent.trace_id() } else { ids.new_trace_id() };
        let flags = sampler.map_or(parent.trace_flags(), |sampler| {
            let result = sampler.should_sample(Some(&caller), trace, "request", &SpanKind::Server, &[], &[]);
            TraceFlags::default().with_sampled(result.decision == SamplingDecision::RecordAndSample)
        });
        let is_short = headers.get(TRACESTATE).is_none_or(|state| state.len() <= LONGEST_STATE);
        let state = if is_short { parent.trace_state().clone() } else { TraceState::NONE };
        Self { parent: parent.span_id(), span: SpanContext::new(trace, ids.new_span_id(), flags, false, state) }
    }

    /// The caller's span. Invalid if the trace begins here.
    pub(crate) fn parent(&self) -> SpanId {
        self.parent
    }

    pub(crate) fn span(&self) -> &SpanContext {
        &self.span
    }

    /// Adds the headers for a request of this service.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let context = Context::new().with_remote_span_context(self.span.clone());
        TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(headers));
        // The library writes an empty header, too.
        if headers.get(TRACESTATE).is_some_and(HeaderValue::is_empty) {
            headers.remove(TRACESTATE);
        }
    }
}

/// The caller's span, if there is a valid one.
fn caller(headers: &HeaderMap) -> Context {
    let mut brought = headers.get_all(TRACEPARENT).iter().map(HeaderValue::as_bytes);
    match (brought.next(), brought.next()) {
        (Some(one), None) if is_well_formed(one) => {
            TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers))
        }
        _ => Context::new(),
    }
}

/// Whether the fields have their lengths and are lower-case hexadecimal, and version 00 has no others (section 3.2).
/// The library accepts shorter fields, a sign before a number, and a last hyphen. It rejects version ff and zeros.
fn is_well_formed(traceparent: &[u8]) -> bool {
    let mut fields = traceparent.split(|byte| *byte == b'-');
    let lower_hex = |field: &[u8]| field.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_good = [2, 32, 16, 2]
        .into_iter()
        .all(|length| fields.next().is_some_and(|field| field.len() == length && lower_hex(field)));
    is_good && (fields.next().is_none() || !traceparent.starts_with(b"00"))
}

#[cfg(test)]
mod tests;
