//! The contract of the Azure Function in Microsoft's Unity sample: `POST {url}`, B as the bearer token, and a body like
//! that of ACS.
//!
//! That backend trusts A2 and A3 of the body. Our own service does not have this contract.

use contract::secret::{CallerToken, EntraAccessToken};
use messages::json;
use serde::Serialize;

use super::exchanged::PersonIds;
use crate::{config::Backend, http::Request};

/// ```json
/// { "appId": "acc00000-…", "token": "A1", "userId": "11111111-…" }
/// ```
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    app_id: &'a str,
    token: &'a str,
    user_id: &'a str,
}

pub(super) fn request(
    backend: &Backend,
    person: PersonIds<'_>,
    entra: &EntraAccessToken,
    caller: CallerToken,
) -> Request {
    let body = Body { app_id: person.client_id.as_str(), token: entra.expose(), user_id: person.object_id.as_str() };
    Request::post_json(backend.url.as_str().to_owned(), caller.expose(), json::write(&body))
}
