//! What happens to every request before a route sees it, and to every answer before it leaves.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

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
use protocol::exchange::ProblemCode;

use crate::{
    audit::Audit,
    correlation::{self, CorrelationId},
    problem::{Problem, code_text},
    router::Service,
    trace_context::TraceContext,
};

/// A request has this long, its body included.
const TIMEOUT: Duration = Duration::from_secs(15);

/// security 98. The answers are for one program, never for a cache (public keys excepted), a frame or a guess at their
/// type.
const ON_EVERY_ANSWER: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

pub(crate) async fn front_door(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let started = service.clock.monotonic();
    let correlation = CorrelationId::of(request.headers());
    let trace = TraceContext::of(request.headers());
    request.extensions_mut().insert(correlation.clone());
    request.extensions_mut().insert(trace.clone());

    let origin = Origin::of(request.headers(), &service);
    let mut response = match origin {
        // Here and not by CORS alone: CORS keeps a foreign page from reading an answer, not from causing it.
        Origin::Foreign => Problem::from(ProblemCode::OriginNotAllowed).into_response(),
        Origin::None | Origin::Allowed(_) => in_time(request, next).await,
    };

    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = problem {
        problem.write(&mut response, &correlation);
    }
    let headers = response.headers_mut();
    for (name, value) in ON_EVERY_ANSWER {
        // A route may say that its answer is no secret and can be kept.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Ok(value) = HeaderValue::from_str(correlation.as_str()) {
        headers.insert(correlation::HEADER, value);
    }
    if let Origin::Allowed(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static("retry-after, x-correlation-id");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }

    // A probe and a preflight decide about nobody.
    let audit = response.extensions_mut().remove::<Audit>();
    if audit.is_some() || problem.is_some() {
        let code = problem.map(|problem| code_text(problem.code));
        let took = service.clock.monotonic().saturating_sub(started);
        let audit = audit.unwrap_or_default();
        service.metrics.decided(code.as_deref(), audit.reason(), audit.attempts(), took);
        audit.log((&correlation, &trace), response.status(), code.as_deref(), took);
    }
    response
}

/// The answer to a browser's question whether it may ask. That the origin may was already decided.
pub(crate) async fn preflight() -> Response {
    preflight_of("POST, OPTIONS", "POST")
}

/// The same for a route with these methods, with and without `OPTIONS`.
pub(crate) fn preflight_of(allow: &'static str, methods: &'static str) -> Response {
    let headers = [
        (header::ALLOW, allow),
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, traceparent, x-correlation-id"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The answer to a method that a route does not know.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::from(ProblemCode::MethodNotAllowed)
}

/// A request that ends: in an answer, in time, or in a panic that stays its own.
async fn in_time(request: Request, next: Next) -> Response {
    // Nothing is shared by requests that a panic could leave half-changed: locks are held for assignments only.
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(TIMEOUT, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => Problem::from(ProblemCode::Internal).into_response(),
        Err(_elapsed) => Problem::from(ProblemCode::RequestTimeout).into_response(),
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
