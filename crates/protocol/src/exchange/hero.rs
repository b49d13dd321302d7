//! The contract of Microsoft's authentication hero samples (Node and C#): `GET {url}`, B as the bearer token, A1 in the
//! header `teams-user-aad-token`, and a response with status 201.
//!
//! It is weaker than the others: a `GET` issues a token, and A1 is in a header, which more programs log than a body.

/// The header with A1.
pub const ENTRA_TOKEN_HEADER: &str = "teams-user-aad-token";

#[cfg(feature = "sign-in")]
pub(super) use client::request;

/// The page's side.
#[cfg(feature = "sign-in")]
mod client {
    use super::ENTRA_TOKEN_HEADER;
    use crate::{
        config::Backend,
        http::{Method, Request},
        secret::{CallerToken, EntraAccessToken, SecretText},
    };

    pub(in crate::exchange) fn request(backend: &Backend, entra: EntraAccessToken, caller: CallerToken) -> Request {
        Request {
            method: Method::Get,
            url: backend.url.as_str().to_owned(),
            headers: vec![
                ("authorization", SecretText::new(format!("Bearer {}", caller.expose()))),
                (ENTRA_TOKEN_HEADER, SecretText::new(entra.expose().to_owned())),
            ],
            body: None,
        }
    }
}
