//! The vault: a dedicated Worker that holds the tokens, in a memory that script in the page's realm cannot read.
//!
//! It drives [`protocol::session`] and performs its effects. What it says to the page is [`messages::FromVault`], and
//! nothing else leaves it but the requests of the protocol.

mod browser;
mod perform;

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use messages::{BUILD, FromVault, Picture, Problem, ProblemCode, ToVault};
use protocol::session::{Event, Session};
use wasm_bindgen_futures::spawn_local;

/// How exact a renewal is; it has fifteen minutes.
const TICK: Duration = Duration::from_secs(15);

thread_local! {
    /// `None` before `begin`, and for the moment in which an event consumes one state and makes the next.
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    /// The vault was served without its policy, and refuses to work.
    static UNPROTECTED: Cell<bool> = const { Cell::new(false) };
}

fn main() {
    spawn_local(async {
        UNPROTECTED.set(!browser::policy::is_in_force().await);
        browser::port::listen(hear);
        browser::clock::every(TICK, || step(Event::Tick));
        browser::port::say(&FromVault::Ready { build: BUILD.to_owned() });
    });
}

fn hear(message: ToVault) {
    match message {
        ToVault::Awake => step(Event::Tick),
        ToVault::Show => show(),
        _ if UNPROTECTED.get() => show(),
        ToVault::Begin(opening) => {
            if SESSION.with_borrow(Option::is_none) {
                let (session, effects) = Session::begin(opening);
                let attempt = session.attempt();
                SESSION.replace(Some(session));
                show();
                perform::all(attempt, effects);
            }
        }
        ToVault::SignIn { choose_account } => {
            step(Event::SignIn { choose_account, entropy: browser::random::entropy() })
        }
        ToVault::Stay => step(Event::StorageBlocked),
        ToVault::SignOut => step(Event::SignOut),
    }
}

/// One event: the next state, its picture, its effects.
fn step(event: Event) {
    let Some(session) = SESSION.take() else { return };
    let before = session.picture();
    let (session, effects) = session.update(event, browser::clock::now());
    let (attempt, after) = (session.attempt(), session.picture());
    SESSION.replace(Some(session));
    if before != after {
        show();
    }
    perform::all(attempt, effects);
}

fn show() {
    let picture = if UNPROTECTED.get() {
        Picture::Stopped { problem: Problem::new(ProblemCode::VaultUnprotected) }
    } else {
        SESSION.with_borrow(|session| session.as_ref().map_or(Picture::Starting, Session::picture))
    };
    browser::port::say(&FromVault::Picture { picture });
}
