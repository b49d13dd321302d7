//! The contract of the Azure Function in Microsoft's Unity sample: `POST {url}`, B as the bearer token, and a body like
//! ACS's own.
//!
//! That backend believes A2 and A3 as the body names them. Ours does not; it is for people who run Microsoft's.

use serde::Serialize;

use super::Person;
use crate::{
    config::Backend,
    http::Request,
    json,
    secret::{CallerToken, EntraAccessToken},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    app_id: &'a str,
    token: &'a str,
    user_id: &'a str,
}

pub(super) fn request(backend: &Backend, person: Person<'_>, entra: &EntraAccessToken, caller: CallerToken) -> Request {
    let body = Body { app_id: person.client_id.as_str(), token: entra.expose(), user_id: person.object_id.as_str() };
    Request::post_json(backend.url.as_str().to_owned(), caller.expose(), json::write(&body))
}
