//! The sign-in as a state machine: one event in; the next stage and the effects to perform out.
//!
//! ```text
//! Configuring ▶ SignedOut ▶ Discovering ▶ Leaving ▶ (Entra, then a new page)
//!                                       ▶ Reserving ▶ AtWindow ─┐
//! Configuring ▶ Discovering ────────────────────────────────────┴▶ Redeeming
//!
//! Redeeming ▶ AwaitingKeys ▶ CheckingSignature ▶ Exchanging ▶ SignedIn
//! ```
//!
//! Each stage owns exactly what it may know, and is consumed by the next one: a code, a verifier or a nonce that was
//! used is gone. Each failure of a sign-in ends in `SignedOut` with a problem, or in `Stopped`, and drops the tokens
//! that the stage held. After a failed renewal the person stays in `SignedIn` until D ends. Outcomes of an earlier
//! attempt are ignored.
//!
//! Files depend on each other in one direction, from the top of this list to its end:
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Session`] |
//! | `dispatch.rs` | which function handles an event in which stage |
//! | `start.rs` | `config.json`, and what the page found when it was loaded |
//! | `sign_in.rs`, `consent.rs`, `guest.rs` | from a click to the authority; administrator consent; guests |
//! | `window_flow.rs` | the sign-in in a separate window |
//! | `redeem.rs` | from the authorization response to D: redeem the code, check the ID token, run the exchange |
//! | `renewal.rs` | a new D before the old one ends |
//! | `stage.rs`, `active_sign_in.rs`, `return_mailbox.rs` | the stages and their data |
//! | `pending_exchange.rs` | the exchange A1 → B → D, a machine that both `redeem.rs` and `renewal.rs` run |
//! | `responses.rs` | responses in, values or problems out |
//! | `transaction.rs`, `app.rs`, `site.rs`, `retry_delays.rs`, `now.rs` | what lasts longer than one stage |
//! | `io.rs` | events, outcomes and effects |

mod active_sign_in;
mod app;
mod consent;
mod dispatch;
mod guest;
mod io;
mod now;
mod pending_exchange;
mod redeem;
mod renewal;
mod responses;
mod retry_delays;
mod return_mailbox;
mod sign_in;
mod site;
mod stage;
mod start;
mod transaction;
mod window_flow;

use messages::{Opening, ViewState};

use crate::{http::Request, pkce::Entropy};
pub use io::{Effect, Event, Outcome, RequestKind};
pub use now::Now;
use site::Site;
use stage::Stage;

/// The state machine of one page. [`Session::begin`] makes it; [`Session::update`] handles its events.
///
/// ```
/// use messages::{Opening, ViewState};
/// use sign_in::{
///     http::Response,
///     pkce::Entropy,
///     session::{Effect, Event, Outcome, RequestKind, Session},
/// };
///
/// let entropy = Entropy { verifier: [1; 32], state: [2; 32], nonce: [3; 32], retry_delays: [4; 32] };
/// let (session, effects) = Session::begin(Opening::default(), entropy);
/// assert!(matches!(&effects[..], [Effect::Send(RequestKind::Config, request)] if request.url == "config.json"));
///
/// // The caller performs the effect and reports its outcome, with the attempt and the time in seconds.
/// let outcome = Outcome::Responded(RequestKind::Config, Ok(Response::plain(404, "")));
/// let (session, effects) = session.update(Event::Done { attempt: 1, outcome }, 1_795_248_000);
/// assert!(effects.is_empty());
/// assert!(matches!(session.view_state(), ViewState::Stopped { .. }));
/// ```
#[derive(Debug)]
pub struct Session {
    attempt: u32,
    /// `None` until `config.json` was read, and where it cannot be used.
    site: Option<Site>,
    stage: Stage,
}

impl Session {
    /// Starts with what the page found when it was loaded. The randomness is for a sign-in that starts without a click.
    #[must_use]
    pub fn begin(opening: Opening, entropy: Entropy) -> (Self, Vec<Effect>) {
        let config = Effect::Send(RequestKind::Config, Request::get("config.json".to_owned()));
        (
            Self {
                attempt: 1,
                site: None,
                stage: Stage::Configuring { opening: Box::new(opening), entropy: Box::new(entropy), clicked: false },
            },
            vec![config],
        )
    }

    /// The number that [`Event::Done`] must carry for the effects of the last update.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Handles one event: the next state, and the effects to perform. An outcome of an earlier attempt is ignored.
    #[must_use]
    pub fn update(self, event: Event, now: impl Into<Now>) -> (Self, Vec<Effect>) {
        let now = now.into();
        let is_late = matches!(event, Event::Done { attempt, .. } if attempt != self.attempt);
        if is_late {
            return (self, vec![]);
        }
        let Self { mut attempt, mut site, stage } = self;
        let (stage, effects) = match &mut site {
            Some(site) => {
                attempt += u32::from(dispatch::begins_attempt(&stage, &event));
                dispatch::update(site, stage, event, now)
            }
            None => {
                let (configured, next) = start::update(stage, event, now);
                site = configured;
                next
            }
        };
        (Self { attempt, site, stage }, effects)
    }

    /// What the configuration says about the page. `None` before it was read, and where it cannot be used.
    pub fn site(&self) -> Option<messages::Site> {
        self.site.as_ref().map(Site::public)
    }

    /// What the page shows. D is its only token.
    pub fn view_state(&self) -> ViewState {
        self.stage.view_state(self.site.as_ref().is_some_and(Site::by_window))
    }
}

#[cfg(test)]
mod tests;
