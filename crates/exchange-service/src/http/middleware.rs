//! The middleware around all routes: it checks each request first, and completes each response.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue,
        header::{
            CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use contract::exchange::ExchangeProblemCode;
use futures_util::FutureExt;

use super::{
    admission::admit_address_for_others, context::RequestContext, cors::Origin, problem_details::Problem,
    state::AppState,
};
use crate::telemetry::{audit::Ending, correlation, log, trace_export::Lasted};

/// The timeout of a request, with its body.
const TIMEOUT: Duration = Duration::from_secs(15);

/// SEC-098. Responses must not be cached (except public keys), framed, or interpreted as another type.
const ON_EVERY_RESPONSE: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (REFERRER_POLICY, "no-referrer"),
    (STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

pub(super) async fn request(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let context = RequestContext::of(&request, &state);
    let audit_guard = AuditGuard::begin(&state, &context);
    request.extensions_mut().insert(context.clone());

    let origin = Origin::of(request.headers(), &state.origins);
    let mut response = match origin {
        // The server refuses foreign origins. CORS alone would only keep a foreign page from reading the response.
        Origin::Foreign => Problem::from(ExchangeProblemCode::OriginNotAllowed).into_response(),
        Origin::None | Origin::Allowed(_) => in_time(request, next).await,
    };

    let problem = response.extensions_mut().remove::<Problem>();
    let problem = problem.map(|problem| counted(problem, &state, &context));
    if let Some(problem) = problem {
        problem.write(&mut response, &context.correlation, state.step_up.as_ref());
    }
    let headers = response.headers_mut();
    for (name, value) in ON_EVERY_RESPONSE {
        // A route can allow that its response is cached.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    if state.draining.load(Ordering::Relaxed) {
        // The process ends soon, so it would not serve the next request on this connection (RFC 9112 section 9.6).
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(value) = HeaderValue::from_str(context.correlation.as_str()) {
        headers.insert(correlation::HEADER, value);
    }
    origin.expose(headers);

    let code = problem.map(|problem| problem.code.code());
    audit_guard.end(Ending::Answered { status: response.status(), code });
    response
}

/// Counts a refusal before any route for its address: each one costs a response and a log line, and any client can
/// cause them (REV-04).
fn counted(problem: Problem, state: &AppState, context: &RequestContext) -> Problem {
    let is_before_routes = match problem.code {
        ExchangeProblemCode::MethodNotAllowed | ExchangeProblemCode::OriginNotAllowed => true,
        ExchangeProblemCode::NotFound => context.route.is_none(),
        _ => false,
    };
    if !is_before_routes {
        return problem;
    }
    match admit_address_for_others(state, context) {
        Err(too_many_requests) => too_many_requests,
        Ok(()) => problem,
    }
}

/// A request in progress that needs an audit record. The record is logged exactly once: at the end, or when this is
/// dropped, because then the caller has disconnected and there is no response.
struct AuditGuard<'s> {
    state: &'s AppState,
    context: &'s RequestContext,
    started: Duration,
    ended: bool,
}

impl<'s> AuditGuard<'s> {
    fn begin(state: &'s AppState, context: &'s RequestContext) -> Self {
        Self { state, context, started: state.clock.monotonic(), ended: false }
    }

    fn end(mut self, ending: Ending) {
        self.write(ending);
    }

    fn write(&mut self, ending: Ending) {
        self.ended = true;
        let audit = self.context.audit();
        // Probes and preflights have no audit record. A refusal before the route is known has one.
        let refused = matches!(ending, Ending::Answered { code: Some(_), .. });
        if !audit.is_decision() && !refused {
            return;
        }
        let now = self.state.clock.monotonic();
        let took = now.saturating_sub(self.started);
        self.state.metrics.decided(ending.code(), audit.reason(), took);
        let place = self.context.take_place();
        let unlogged = match self.context.address {
            Some(address) if place.is_none() && !audit.is_validated() => {
                let Some(unlogged) = self.state.sampling.admit(address.into(), now) else {
                    self.state.metrics.unlogged();
                    return;
                };
                (unlogged > 0).then_some(unlogged)
            }
            _ => None,
        };
        let ids = self.context.ids();
        log::in_place(place, || audit.log(&ids, ending, took, unlogged));
        if let Some(traces) = &self.state.traces {
            let lasted = Lasted { until: self.state.clock.unix_time(), took };
            traces.record(&ids, &audit, ending, lasted);
        }
    }
}

impl Drop for AuditGuard<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.write(Ending::Abandoned);
        }
    }
}

/// Runs the route until it responds or its time is over. A panic fails this request only.
async fn in_time(request: Request, next: Next) -> Response {
    // A panic leaves no shared state half-changed, because locks are held only for assignments.
    let response = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(TIMEOUT, response).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => Problem::from(ExchangeProblemCode::Internal).into_response(),
        Err(_elapsed) => Problem::from(ExchangeProblemCode::RequestTimeout).into_response(),
    }
}
