//! A guest: an identity that is nobody's, from an exchange service that was told to make such. For development.

use messages::ViewState;

use super::{Effect, Next, Now, RequestKind, Stage, signed_out, steps};
use crate::{
    address::Address,
    exchange::{self, Exchanged},
    http::{Failure, Response},
};

/// The token of a guest. It is not renewed: a new one would be another guest's.
#[derive(Debug)]
pub(super) struct Guest(Exchanged);

/// Asks for one.
pub(super) fn ask(url: &Address) -> Next {
    (Stage::AskingForGuest, vec![Effect::Send(RequestKind::Exchange, exchange::guest::request(url))])
}

/// D is here.
pub(super) fn exchanged(response: Result<Response, Failure>, now: Now) -> Next {
    let exchanged = match response {
        Ok(response) => exchange::read_guest(&response, now.wall),
        Err(failure) => Err(steps::no_exchange(failure)),
    };
    match exchanged {
        Ok(exchanged) => (Stage::Guest { guest: Guest(exchanged) }, vec![]),
        Err(problem) => signed_out(problem),
    }
}

impl Guest {
    pub(super) fn view_state(&self) -> ViewState {
        let Exchanged { token, expires_at, communication_id } = &self.0;
        ViewState::SignedIn {
            account: None,
            communication_id: communication_id.clone(),
            token: Some(token.clone()),
            expires_at: *expires_at,
            trouble: None,
        }
    }

    pub(super) fn tick(self, now: Now) -> Stage {
        if now.wall < self.0.expires_at {
            return Stage::Guest { guest: self };
        }
        Stage::SignedOut { problem: None, notice: None }
    }
}
