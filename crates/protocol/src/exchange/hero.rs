//! The contract of Microsoft's authentication hero samples (Node and C#): `GET {url}`, B as the bearer token, A1 in the
//! header `teams-user-aad-token`.
//!
//! It gives up two things: a `GET` mints a token, and A1 travels in a header, which more programs log than a body.

use crate::{
    config::Backend,
    http::{Method, Request},
    secret::{CallerToken, EntraAccessToken, SecretText},
};

pub(super) fn request(backend: &Backend, entra: EntraAccessToken, caller: CallerToken) -> Request {
    Request {
        method: Method::Get,
        url: backend.url.as_str().to_owned(),
        headers: vec![
            ("authorization", SecretText::new(format!("Bearer {}", caller.expose()))),
            ("teams-user-aad-token", SecretText::new(entra.expose().to_owned())),
        ],
        body: None,
    }
}
