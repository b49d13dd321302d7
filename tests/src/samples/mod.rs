//! Stand-ins for Microsoft's sample backends, with all differences that a page can notice: paths, checks and missing
//! checks, and refusals. Each makes the exchange at the ACS of the emulator.

mod all_samples;
mod caller;
mod exchange;
mod function;
mod hero_csharp;
mod hero_node;
mod quickstart;
mod response;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_REQUEST_HEADERS,
        },
    },
    middleware::{Next, from_fn},
    response::Response,
};
use azure_emulator::Clock;

use crate::backend::SERVICE_CLIENT;

pub use all_samples::all_samples;

/// A stand-in for one of Microsoft's samples, with its options.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The sample.
    pub program: Program,
    /// The path in the page's configuration.
    pub path: &'static str,
    /// Whether it allows requests of other origins (CORS).
    pub cors: bool,
    /// The scope that it requires in B, if it checks the scope.
    pub scope: &'static str,
    /// The audience that it requires in B, if it checks the audience.
    pub audience: &'static str,
    /// Whether the last byte of the response of ACS is missing, so that the SDK cannot parse it.
    pub unreadable: bool,
    /// The client id of the sample, if it is not that of the page.
    pub client_id: Option<&'static str>,
}

/// The samples, with their names in Microsoft's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The server of "Manage Teams identity SPA", in JavaScript.
    Quickstart,
    /// The authentication hero sample in Node.js.
    HeroNode,
    /// The authentication hero sample in C#.
    HeroCsharp,
    /// The Azure Function of the Unity sample, behind App Service's authentication.
    Function,
}

/// The state that all stand-ins share.
struct Environment {
    sample: Sample,
    entra: String,
    acs: String,
    client_id: &'static str,
    clock: Clock,
}

impl Sample {
    /// A stand-in with the defaults of Microsoft's instructions: the heroes allow every origin, the others none.
    pub fn new(program: Program) -> Self {
        let path = match program {
            Program::Quickstart => "/exchange",
            Program::HeroNode | Program::HeroCsharp => "/api/token/teams",
            Program::Function => "/api/GetTokenForTeamsUser",
        };
        Self {
            program,
            path,
            cors: matches!(program, Program::HeroNode | Program::HeroCsharp),
            scope: "access_as_user",
            audience: SERVICE_CLIENT,
            unreadable: false,
            client_id: None,
        }
    }

    /// The same stand-in, behind a proxy (`deploy/nginx/quickstart-cors.conf`) or an App Service that adds CORS.
    pub fn with_cors(self) -> Self {
        Self { cors: true, ..self }
    }

    /// The name of the contract in the page's configuration.
    pub(crate) fn contract(self) -> &'static str {
        match self.program {
            Program::Quickstart => "quickstart",
            Program::HeroNode | Program::HeroCsharp => "hero",
            Program::Function => "function",
        }
    }

    /// The routes of the stand-in, for people who sign in to this application at this Entra.
    pub(crate) fn router(self, entra: String, acs: String, client_id: &'static str, clock: Clock) -> Router {
        let client_id = self.client_id.unwrap_or(client_id);
        let surroundings = Arc::new(Environment { sample: self, entra, acs, client_id, clock });
        let router = match self.program {
            Program::Quickstart => quickstart::router(),
            Program::HeroNode => hero_node::router(),
            Program::HeroCsharp => hero_csharp::router(),
            Program::Function => function::router(),
        };
        let router = router.with_state(surroundings);
        if self.cors { router.layer(from_fn(allow_any_origin)) } else { router }
    }
}

/// CORS as by the package `cors` for Express and `AllowAny…` of ASP.NET: every request header and origin is allowed.
async fn allow_any_origin(request: Request, next: Next) -> Response {
    let requested_headers = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let preflight = request.method() == Method::OPTIONS && requested_headers.is_some();
    let mut response = if preflight { Response::new(Body::empty()) } else { next.run(request).await };
    if let Some(requested_headers) = requested_headers {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, requested_headers);
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST"));
    }
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
