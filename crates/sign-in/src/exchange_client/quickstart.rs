//! The page's side of the contract of Microsoft's single-page sample and of our own service.

use contract::{
    exchange::quickstart::ExchangeRequest,
    rfc3339,
    secret::{CallerToken, EntraAccessToken},
};
use messages::{AcsToken, json};

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
    let mut body = json::read_members(response.body.expose(), &["token", "expiresOn", "identity"]).ok()?;
    let (token, expires_on) = (AcsToken::new(body.text("token")), body.text("expiresOn"));
    // Only our own service sends a text here. Other backends use this name for other values.
    let communication_id = body.take("identity").into_text().and_then(|id| communication_id(&id));
    body.finish().ok()?;
    Some(Exchanged { token, expires_at: rfc3339::parse(&expires_on)?, communication_id })
}
