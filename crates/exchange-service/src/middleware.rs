//! The middleware around all routes: it checks each request first, and completes each response.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{self, HeaderName},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use protocol::exchange::ExchangeProblemCode;

use crate::{
    audit::Ending,
    correlation,
    exchange_routes::admit_address_for_others,
    log,
    problem_details::{Problem, code_text},
    request_context::RequestContext,
    router::Service,
    trace_export::Lasted,
};

/// A request has this long, its body included.
const TIMEOUT: Duration = Duration::from_secs(15);

/// SEC-098. The answers are for one program, never for a cache (public keys excepted), a frame or a guess at their
/// type.
const ON_EVERY_ANSWER: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

pub(crate) async fn request(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let context = RequestContext::of(&request, service.trusted_proxies);
    let audit_guard = AuditGuard::begin(&service, &context);
    request.extensions_mut().insert(context.clone());

    let origin = Origin::of(request.headers(), &service);
    let mut response = match origin {
        // Here and not by CORS alone: CORS keeps a foreign page from reading an answer, not from causing it.
        Origin::Foreign => Problem::from(ExchangeProblemCode::OriginNotAllowed).into_response(),
        Origin::None | Origin::Allowed(_) => in_time(request, next).await,
    };

    let problem = response.extensions_mut().remove::<Problem>();
    let problem = problem.map(|problem| counted(problem, &service, &context));
    if let Some(problem) = problem {
        problem.write(&mut response, &context.correlation);
        if let (ExchangeProblemCode::StepUpRequired, Some(challenge)) = (problem.code, &service.step_up) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.clone());
        }
    }
    let headers = response.headers_mut();
    for (name, value) in ON_EVERY_ANSWER {
        // A route may say that its answer is no secret and can be kept.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if service.draining.load(Ordering::Relaxed) {
        // Or the next request on this connection would come when nobody answers it any more (RFC 9112 section 9.6).
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(value) = HeaderValue::from_str(context.correlation.as_str()) {
        headers.insert(correlation::HEADER, value);
    }
    if let Origin::Allowed(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static("retry-after, www-authenticate, x-correlation-id");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }

    let code = problem.map(|problem| code_text(problem.code));
    audit_guard.end(Ending::Answered { status: response.status(), code: code.as_deref() });
    response
}

/// A refusal that came before any route counts for its address: it costs an answer and a line of the log, and anybody can
/// cause it (REV-04).
fn counted(problem: Problem, service: &Service, context: &RequestContext) -> Problem {
    let is_before_routes = match problem.code {
        ExchangeProblemCode::MethodNotAllowed | ExchangeProblemCode::OriginNotAllowed => true,
        ExchangeProblemCode::NotFound => context.route.is_none(),
        _ => false,
    };
    if !is_before_routes {
        return problem;
    }
    match admit_address_for_others(service, context) {
        Err(too_often) => too_often,
        Ok(()) => problem,
    }
}

/// A decision in progress. Exactly one line is logged for it: at its end, or when it is dropped, because then the
/// caller has gone away and no response records the decision.
struct AuditGuard<'s> {
    service: &'s Service,
    context: &'s RequestContext,
    started: Duration,
    ended: bool,
}

impl<'s> AuditGuard<'s> {
    fn begin(service: &'s Service, context: &'s RequestContext) -> Self {
        Self { service, context, started: service.clock.monotonic(), ended: false }
    }

    fn end(mut self, ending: Ending<'_>) {
        self.write(ending);
    }

    fn write(&mut self, ending: Ending<'_>) {
        self.ended = true;
        let audit = self.context.audit();
        // A probe and a preflight decide about nobody; what is refused before its route is known does.
        let refused = matches!(ending, Ending::Answered { code: Some(_), .. });
        if audit.is_decision() || refused {
            let now = self.service.clock.monotonic();
            let took = now.saturating_sub(self.started);
            self.service.metrics.decided(ending.code(), audit.reason(), took);
            let place = self.context.take_place();
            let unlogged = match self.context.address {
                Some(address) if place.is_none() && !audit.is_validated() => {
                    let Some(unlogged) = self.service.sampling.admit(address.into(), now) else {
                        self.service.metrics.unlogged();
                        return;
                    };
                    (unlogged > 0).then_some(unlogged)
                }
                _ => None,
            };
            log::in_place(place, || audit.log(self.context, ending, took, unlogged));
            if let Some(traces) = &self.service.traces {
                let lasted = Lasted { until: self.service.clock.unix_time(), took };
                traces.record(self.context, ending, lasted);
            }
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

/// The answer to a browser's question whether it may ask. That the origin may was already decided.
pub(crate) async fn preflight() -> Response {
    preflight_of("POST, OPTIONS", "POST")
}

/// The same for a route with these methods, with and without `OPTIONS`.
pub(crate) fn preflight_of(allow: &'static str, methods: &'static str) -> Response {
    preflight_with(allow, methods, "authorization, content-type, traceparent, x-correlation-id")
}

/// The same of the route that takes A1 in a header.
pub(crate) async fn preflight_of_get() -> Response {
    preflight_with("GET, OPTIONS", "GET", "authorization, teams-user-aad-token, traceparent, x-correlation-id")
}

fn preflight_with(allow: &'static str, methods: &'static str, asked_headers: &'static str) -> Response {
    let headers = [
        (header::ALLOW, allow),
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, asked_headers),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The answer to a method that a route does not know.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::from(ExchangeProblemCode::MethodNotAllowed)
}

/// The answer to `HEAD` where only a `GET` with all that belongs to it is let in.
pub(crate) async fn get_only() -> Response {
    ([(header::ALLOW, "GET, OPTIONS")], Problem::from(ExchangeProblemCode::MethodNotAllowed)).into_response()
}

/// A request that ends: in an answer, in time, or in a panic that stays its own.
async fn in_time(request: Request, next: Next) -> Response {
    // Nothing is shared by requests that a panic could leave half-changed: locks are held for assignments only.
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(TIMEOUT, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => Problem::from(ExchangeProblemCode::Internal).into_response(),
        Err(_elapsed) => Problem::from(ExchangeProblemCode::RequestTimeout).into_response(),
    }
}

enum Origin {
    /// Not a browser's cross-origin request. What matters then is the token.
    None,
    Allowed(HeaderValue),
    Foreign,
}

impl Origin {
    fn of(headers: &HeaderMap, service: &Service) -> Self {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => Self::None,
            (Some(one), None) if one.to_str().is_ok_and(|origin| service.origins.contains(origin)) => {
                Self::Allowed(one.clone())
            }
            _ => Self::Foreign,
        }
    }
}
