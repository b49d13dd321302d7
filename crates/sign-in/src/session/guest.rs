//! A guest: a new identity that belongs to no person, from an exchange service that allows guests. For development
//! only.

use super::{
    io::{Effect, RequestKind},
    now::Now,
    responses,
    stage::{Next, Stage, signed_out},
};
use crate::{
    address::Address,
    exchange_client::{self, Exchanged},
    http::{Failure, Response},
};

/// Requests the ACS token of a new guest.
pub(super) fn request(url: &Address) -> Next {
    (Stage::RequestingGuest, vec![Effect::Send(RequestKind::Exchange, exchange_client::guest::request(url))])
}

/// Handles the response with D.
pub(super) fn exchanged(response: Result<Response, Failure>, now: Now) -> Next {
    match responses::read_guest(response, now) {
        Ok(guest) => (Stage::Guest { guest }, vec![]),
        Err(problem) => signed_out(problem),
    }
}

/// Ends the sign-in of a guest whose D has expired.
pub(super) fn tick(guest: Exchanged, now: Now) -> Stage {
    if now.wall < guest.expires_at {
        return Stage::Guest { guest };
    }
    Stage::SignedOut { problem: None, notice: None }
}
