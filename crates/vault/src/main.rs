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

use messages::{BUILD, FromVault, Opening, Picture, Problem, ProblemCode, ToVault};
use protocol::session::{Event, Session};
use wasm_bindgen_futures::spawn_local;
use web_sys::MessagePort;

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

fn hear(message: ToVault, port: Option<MessagePort>) {
    let event = match message {
        ToVault::Show => return show(),
        _ if UNPROTECTED.get() => return show(),
        ToVault::Begin(opening) => return begin(opening),
        ToVault::CallerPort => {
            if let Some(port) = port {
                browser::portal::take(port);
            }
            return;
        }
        ToVault::Active => Event::Active,
        ToVault::Answer { answer } => Event::Answer(answer),
        ToVault::Awake => Event::Tick,
        ToVault::Forget => Event::Forget,
        ToVault::GrantConsent { profile, registered } => {
            Event::GrantConsent { profile, registered, entropy: browser::random::entropy() }
        }
        ToVault::Hint(hint) => Event::Hint(hint),
        ToVault::NoWindow { reason } => Event::NoWindow(reason),
        ToVault::SignIn { profile, choose_account } => {
            Event::SignIn { profile, choose_account, entropy: browser::random::entropy() }
        }
        ToVault::Stay => Event::StorageBlocked,
        ToVault::SignOut => Event::SignOut,
    };
    step(event);
}

fn begin(opening: Opening) {
    if SESSION.with_borrow(Option::is_none) {
        let (session, effects) = Session::begin(opening, browser::random::entropy());
        let attempt = session.attempt();
        SESSION.replace(Some(session));
        show();
        perform::all(attempt, effects);
    }
}

/// One event: the next state, its picture, its effects.
fn step(event: Event) {
    let Some(session) = SESSION.take() else { return };
    let before = (session.site(), session.picture());
    let (session, effects) = session.update(event, browser::clock::now());
    let (attempt, after) = (session.attempt(), (session.site(), session.picture()));
    SESSION.replace(Some(session));
    if before != after {
        show();
    }
    perform::all(attempt, effects);
}

/// Says what the page is, and how far the sign-in is.
fn show() {
    if UNPROTECTED.get() {
        let problem = Problem::new(ProblemCode::VaultUnprotected);
        return browser::port::say(&FromVault::Picture { picture: Picture::Stopped { problem } });
    }
    let told = SESSION.with_borrow(|session| session.as_ref().map(|session| (session.site(), session.picture())));
    let (site, picture) = told.unwrap_or((None, Picture::Starting));
    if let Some(site) = site {
        browser::port::say(&FromVault::Site { site });
    }
    browser::port::say(&FromVault::Picture { picture });
}
