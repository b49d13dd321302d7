//! A request to ACS, and the checks that precede its operation.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{header::AUTHORIZATION, request::Parts},
    response::Response,
};
use serde_json::Value;

use crate::{
    Emulator,
    accounts::Account,
    acs::{acs_error::AcsError, backend, entra_token::EntraToken, headers, operation::Operation, rate_limit},
    parameters::Parameters,
};

/// A request with its whole body, before any check.
pub(super) struct Call {
    emulator: Emulator,
    head: Parts,
    body: Bytes,
}

/// The outcome of an operation.
pub(super) type Outcome = Result<Response, AcsError>;

impl Call {
    /// Applies the outage of the exchanges, if one is set.
    ///
    /// # Errors
    /// The response of the outage.
    pub(super) async fn or_outage(self) -> Result<Self, Response> {
        let faults = self.account().map_or_else(|| self.emulator.faults(), |account| self.emulator.faults_for(account));
        match faults.exchange {
            Some(outage) => outage.respond(self.emulator.acs_now()).await.map_or(Ok(self), Err),
            None => Ok(self),
        }
    }

    /// The account of the token to be exchanged, if the token is valid.
    fn account(&self) -> Option<&'static Account> {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let token = body["token"].as_str().or_else(|| self.bearer())?;
        EntraToken::verify(&self.emulator, token)?.account()
    }

    /// The bearer token of the `Authorization` header.
    fn bearer(&self) -> Option<&str> {
        self.header(AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
    }

    /// Runs `work` for a trusted backend.
    pub(super) fn authorized(self, operation: Operation, work: impl FnOnce(&Emulator, &[u8]) -> Outcome) -> Response {
        let Self { emulator, head, body } = &self;
        let result = backend::check(emulator, head, body)
            .and_then(|()| self.admit(operation))
            .and_then(|()| work(emulator, body));
        self.respond(operation, result)
    }

    /// Runs `work` with a person's own token, which `work` must check.
    pub(super) fn with_bearer(self, operation: Operation, work: impl FnOnce(&Emulator, &str) -> Outcome) -> Response {
        let result = self
            .admit(operation)
            .and_then(|()| self.bearer().ok_or(AcsError::TokenInvalid))
            .and_then(|bearer| work(&self.emulator, bearer));
        self.respond(operation, result)
    }

    /// The value of a request header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The `api-version` of the query.
    pub(super) fn version(&self) -> Option<String> {
        let query = Parameters::parse(self.head.uri.query().unwrap_or_default().as_bytes()).ok()?;
        query.value("api-version").map(str::to_owned)
    }

    /// Checks the version, and counts the request against the limit of its operation.
    ///
    /// # Errors
    /// The version is missing or unsupported, or the limit is reached.
    fn admit(&self, operation: Operation) -> Result<(), AcsError> {
        match self.version() {
            Some(version) if operation.versions().contains(&version.as_str()) => {}
            Some(_) => return Err(AcsError::ApiVersionUnsupported),
            None => return Err(AcsError::ApiVersionMissing),
        }
        let Some(limit) = operation.limit() else { return Ok(()) };
        let mut state = self.emulator.state();
        rate_limit::count(state.recent_requests.entry(operation).or_default(), limit, self.emulator.acs_now())
    }

    /// Turns the outcome into a response with the headers of ACS.
    fn respond(&self, operation: Operation, result: Outcome) -> Response {
        let mut response = result.unwrap_or_else(AcsError::into_response);
        headers::add(&self.emulator, response.headers_mut(), operation, &self.head.headers);
        response
    }
}

impl<S: Sync> FromRequest<S> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (mut head, body) = request.into_parts();
        let emulator = head.extensions.remove().expect("the outermost layer of the router adds it to every request");
        // The signed hash covers the whole body, so a truncated or oversized body is an error.
        let whole = Bytes::from_request(Request::from_parts(head.clone(), body), &());
        let body = whole.await.map_err(|_| AcsError::BodyMalformed.into_response())?;
        Ok(Self { emulator, head, body })
    }
}

/// `204 No Content`.
pub(super) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = axum::http::StatusCode::NO_CONTENT;
    response
}
