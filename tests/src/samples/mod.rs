//! Microsoft's own sample backends, as far as a page can tell them apart: their paths, what they look at and what they
//! forget to, and above all how they refuse. Each makes the exchange at the emulator's ACS.

mod answer;
mod caller;
mod exchange;
mod function;
mod hero_csharp;
mod hero_node;
mod quickstart;
mod street;

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

pub use street::street;

/// One of Microsoft's samples, running.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Which of them.
    pub program: Program,
    /// Where the page looks for it.
    pub path: &'static str,
    /// Whether pages of other origins may ask.
    pub cors: bool,
    /// The scope that it wants to see in B, where it looks.
    pub scope: &'static str,
    /// The audience that it wants to see in B, where it looks.
    pub audience: &'static str,
    /// Whether the last byte of what ACS answers is lost on the way, so that the SDK cannot parse it.
    pub unreadable: bool,
    /// The client id that it is configured with, where that is not the page's.
    pub client_id: Option<&'static str>,
}

/// The samples, by what they are called in Microsoft's documentation.
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

/// What the stand-ins share.
struct Surroundings {
    sample: Sample,
    entra: String,
    acs: String,
    client_id: &'static str,
    clock: Clock,
}

impl Sample {
    /// As Microsoft's instructions have it: the heroes allow every origin, the quickstart and the Function none.
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

    /// The same behind something that adds CORS: a proxy (`deploy/nginx/quickstart-cors.conf`), or App Service's own CORS.
    pub fn with_cors(self) -> Self {
        Self { cors: true, ..self }
    }

    /// What the page calls it.
    pub(crate) fn contract(self) -> &'static str {
        match self.program {
            Program::Quickstart => "quickstart",
            Program::HeroNode | Program::HeroCsharp => "hero",
            Program::Function => "function",
        }
    }

    /// The sample, for people who sign in to this application at this Entra.
    pub(crate) fn router(self, entra: String, acs: String, client_id: &'static str, clock: Clock) -> Router {
        let client_id = self.client_id.unwrap_or(client_id);
        let surroundings = Arc::new(Surroundings { sample: self, entra, acs, client_id, clock });
        let router = match self.program {
            Program::Quickstart => quickstart::router(),
            Program::HeroNode => hero_node::router(),
            Program::HeroCsharp => hero_csharp::router(),
            Program::Function => function::router(),
        };
        let router = router.with_state(surroundings);
        if self.cors { router.layer(from_fn(allow_everybody)) } else { router }
    }
}

/// As the packages `cors` for Express and ASP.NET's `AllowAny` do it: whatever is asked for is allowed.
async fn allow_everybody(request: Request, next: Next) -> Response {
    let asked = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let preflight = request.method() == Method::OPTIONS && asked.is_some();
    let mut response = if preflight { Response::new(Body::empty()) } else { next.run(request).await };
    if let Some(asked) = asked {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, asked);
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST"));
    }
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
