//! A request to ACS, and the checks that come before what it asks for.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;

use crate::Emulator;
use crate::acs::operation::Operation;
use crate::acs::problem::Problem;
use crate::acs::{backend, headers, rate_limit};
use crate::parameters::Parameters;

/// A request with its whole body, of which nothing is believed yet.
pub(super) struct Call {
    emulator: Emulator,
    head: Parts,
    body: Bytes,
}

/// What an operation answers.
pub(super) type Answer = Result<Response, Problem>;

impl Call {
    /// Fails in the way that the exchanges were told to, if they were.
    pub(super) async fn survive(self) -> Result<Self, Response> {
        let outage = self.emulator.state().tampering.exchange;
        match outage {
            Some(outage) => outage.strike(self.emulator.now()).await.map_or(Ok(self), Err),
            None => Ok(self),
        }
    }

    /// Does `work` for a trusted backend.
    pub(super) fn authorized(self, operation: Operation, work: impl FnOnce(&Emulator, &[u8]) -> Answer) -> Response {
        let Self { emulator, head, body } = &self;
        let result = backend::check(emulator, head, body)
            .and_then(|()| self.admit(operation))
            .and_then(|()| work(emulator, body));
        self.respond(operation, result)
    }

    /// Does `work` for a person who shows a token of their own.
    pub(super) fn with_bearer(self, operation: Operation, work: impl FnOnce(&Emulator, &str) -> Answer) -> Response {
        let bearer =
            self.head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let result = self
            .admit(operation)
            .and_then(|()| bearer.ok_or(Problem::TokenInvalid))
            .and_then(|bearer| work(&self.emulator, bearer));
        self.respond(operation, result)
    }

    /// The value of a request header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    fn admit(&self, operation: Operation) -> Result<(), Problem> {
        let query = Parameters::parse(self.head.uri.query().unwrap_or_default().as_bytes());
        match query.as_ref().ok().and_then(|query| query.value("api-version")) {
            Some(version) if operation.versions().contains(&version) => {}
            Some(_) => return Err(Problem::ApiVersionUnsupported),
            None => return Err(Problem::ApiVersionMissing),
        }
        let Some(limit) = operation.limit() else { return Ok(()) };
        let mut state = self.emulator.state();
        rate_limit::count(state.recent_requests.entry(operation).or_default(), limit, self.emulator.now())
    }

    fn respond(&self, operation: Operation, result: Answer) -> Response {
        let mut response = result.unwrap_or_else(Problem::into_response);
        headers::add(response.headers_mut(), operation, &self.head.headers);
        response
    }
}

impl FromRequest<Emulator> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, emulator: &Emulator) -> Result<Self, Response> {
        let (head, body) = request.into_parts();
        // The hash must be that of every byte, so a body that is cut off or too long is none.
        let whole = Bytes::from_request(Request::from_parts(head.clone(), body), &());
        let body = whole.await.map_err(|_| Problem::BodyMalformed.into_response())?;
        Ok(Self { emulator: emulator.clone(), head, body })
    }
}

/// `204 No Content`.
pub(super) fn nothing() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = axum::http::StatusCode::NO_CONTENT;
    response
}
