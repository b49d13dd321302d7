//! The page's side of the contract of Microsoft's single-page sample and of our own service.

use contract::{
    exchange::quickstart::ExchangeRequest,
    json, rfc3339,
    secret::{CallerToken, EntraAccessToken},
};
use messages::AcsToken;
use serde::Deserialize;

use super::exchanged::{Exchanged, communication_id};
use crate::{
    config::Backend,
    http::{Request, Response},
};

pub(super) fn request(backend: &Backend, entra: EntraAccessToken, caller: CallerToken) -> Request {
    let body = json::write(&ExchangeRequest { access_token: entra });
    Request::post_json(backend.url.as_str().to_owned(), caller.expose(), body)
}

pub(super) fn read(response: &Response) -> Option<Exchanged> {
    if !matches!(response.status, 200 | 201) {
        return None;
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        token: AcsToken,
        expires_on: String,
        /// Only our own service sends a text here. Other backends use this name for other values.
        #[serde(default)]
        identity: serde_json::Value,
    }
    let Body { token, expires_on, identity } = json::read(response.body.expose()).ok()?;
    let communication_id = identity.as_str().and_then(communication_id);
    Some(Exchanged { token, expires_at: rfc3339::parse(&expires_on)?, communication_id })
}
