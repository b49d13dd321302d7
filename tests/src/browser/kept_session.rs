use std::{future::ready, pin::Pin, sync::Arc};

use axum::{
    body::Bytes,
    http::{Method, Request, Response},
};
use reqwest::Client;
use thirtyfour::{
    error::WebDriverResult,
    session::http::{Body, HttpClient},
};

/// A WebDriver client for an existing session. It responds to the request for a new session itself, with the
/// response that the driver sent when the session was created.
pub(super) struct KeptSession {
    client: Client,
    response: Bytes,
}

impl KeptSession {
    pub(super) fn new(response: String) -> Self {
        Self { client: Client::new(), response: response.into() }
    }
}

type PendingResponse<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

// The expansion of the macro `async_trait`.
impl HttpClient for KeptSession {
    fn send<'this, 'body, 'response>(
        &'this self,
        request: Request<Body<'body>>,
    ) -> PendingResponse<'response, WebDriverResult<Response<Bytes>>>
    where
        'this: 'response,
        'body: 'response,
        Self: 'response,
    {
        if request.method() == Method::POST && request.uri().path() == "/session" {
            return Box::pin(ready(Ok(Response::new(self.response.clone()))));
        }
        self.client.send(request)
    }

    fn new<'this, 'response>(&'this self) -> PendingResponse<'response, Arc<dyn HttpClient>>
    where
        'this: 'response,
        Self: 'response,
    {
        self.client.new()
    }
}
