//! The vault: a dedicated Worker that holds the tokens, in memory that script of the page cannot read (SEC-033).
//!
//! It runs [`sign_in::session`] and performs its effects. It sends [`messages::FromVault`] to the page, and the
//! requests of the session to their servers; nothing else leaves it.

mod browser;
mod perform;

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use messages::{BUILD, FromVault, Opening, Problem, ProblemCode, ToVault, ViewState};
use sign_in::session::{Effect, Event, Session};
use wasm_bindgen_futures::spawn_local;

/// How often the session gets [`Event::Tick`]. A renewal has fifteen minutes.
const TICK: Duration = Duration::from_secs(15);

thread_local! {
    /// `None` before `begin`, and while an update consumes one state and makes the next.
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    /// Messages that the page cannot receive yet: its wasm starts after the vault, and a Worker's messages are not
    /// kept.
    static UNSENT: RefCell<Option<Vec<FromVault>>> = const { RefCell::new(Some(Vec::new())) };
    /// Whether the vault was served without its policy. Then it refuses to work.
    static UNPROTECTED: Cell<bool> = const { Cell::new(false) };
}

fn main() {
    spawn_local(async {
        UNPROTECTED.set(!browser::policy::is_in_force().await);
        browser::port::listen(on_message);
        browser::vault_clock::repeat_every(TICK, || step(Event::Tick));
        browser::port::send(&FromVault::Ready { build: BUILD.to_owned() });
    });
}

fn on_message(message: ToVault, port: Option<browser::port::MessagePort>) {
    let event = match message {
        ToVault::Show => return on_page_ready(),
        _ if UNPROTECTED.get() => return show(),
        ToVault::Begin(opening) => return begin(opening),
        ToVault::CallerPort => {
            if let Some(port) = port {
                browser::portal_caller_token::use_port(port);
            }
            return;
        }
        ToVault::Active => Event::Active,
        ToVault::AuthorizationResponse { response } => Event::AuthorizationResponse(response),
        ToVault::Awake => Event::Awake,
        ToVault::Forget => Event::Forget,
        ToVault::GrantConsent { profile, registered } => {
            Event::GrantConsent { profile, registered, entropy: browser::random::entropy() }
        }
        ToVault::Hint(hint) => Event::Hint(hint),
        ToVault::NoWindow { reason } => Event::NoWindow(reason),
        ToVault::SignIn { profile, choose_account } => {
            Event::SignIn { profile, choose_account, entropy: browser::random::entropy() }
        }
        ToVault::SignInByRedirect => Event::SignInByRedirect { entropy: browser::random::entropy() },
        ToVault::StorageBlocked => Event::StorageBlocked,
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

/// Handles one event: stores the next state, sends what changed, and performs the effects.
fn step(event: Event) {
    let Some(session) = SESSION.take() else { return };
    let (site_before, view_state_before) = (session.site(), session.view_state());
    let (session, effects) = session.update(event, browser::vault_clock::now());
    let (attempt, site, view_state) = (session.attempt(), session.site(), session.view_state());
    SESSION.replace(Some(session));
    // The window must learn that its response was accepted before the page, on the new view state, closes it.
    let (taken, effects): (Vec<_>, Vec<_>) = effects.into_iter().partition(|effect| matches!(effect, Effect::Taken));
    perform::all(attempt, taken);
    // Send `Site` and `ViewState` only when they changed: a new `Site` re-renders the sign-in buttons.
    if site != site_before
        && let Some(site) = site
    {
        send(FromVault::Site { site });
    }
    if view_state != view_state_before {
        send(FromVault::ViewState { view_state });
    }
    perform::all(attempt, effects);
}

/// Sends a message to the page, now or as soon as it listens.
fn send(message: FromVault) {
    UNSENT.with_borrow_mut(|unsent| match unsent {
        Some(unsent) => unsent.push(message),
        None => browser::port::send(&message),
    });
}

/// The page listens from now on. It needs only the latest site and view state, and each other message.
fn on_page_ready() {
    let unsent = UNSENT.take().unwrap_or_default();
    show();
    unsent
        .iter()
        .filter(|message| !matches!(message, FromVault::ViewState { .. } | FromVault::Site { .. }))
        .for_each(browser::port::send);
}

/// Sends the site and the view state.
fn show() {
    if UNPROTECTED.get() {
        let problem = Problem::new(ProblemCode::VaultUnprotected);
        return send(FromVault::ViewState { view_state: ViewState::Stopped { problem } });
    }
    let state = SESSION.with_borrow(|session| session.as_ref().map(|session| (session.site(), session.view_state())));
    let (site, view_state) = state.unwrap_or((None, ViewState::Starting));
    if let Some(site) = site {
        send(FromVault::Site { site });
    }
    send(FromVault::ViewState { view_state });
}
