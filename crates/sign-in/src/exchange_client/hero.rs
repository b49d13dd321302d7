//! The page's side of the contract of Microsoft's authentication hero samples.

use contract::{
    exchange::hero::ENTRA_TOKEN_HEADER,
    secret::{CallerToken, EntraAccessToken, SecretText},
};

use crate::{
    config::Backend,
    http::{Method, Request},
};

pub(super) fn request(backend: &Backend, entra: EntraAccessToken, caller: CallerToken) -> Request {
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
