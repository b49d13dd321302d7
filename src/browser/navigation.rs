use std::cell::Cell;

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, PageTransitionEvent};

use super::page_clock;

/// The names under which `boot.js` looks for the transaction, and for what is remembered.
const TRANSACTION: &str = "acs-sign-in.transaction";
const REMEMBERED: &str = "acs-sign-in.remembered";

/// The events by which a person uses the page, and how often that is reported, in milliseconds. In a portal, the embed SDK
/// reports the same.
const ACTIVITY: [&str; 2] = ["pointerdown", "keydown"];
const ACTIVITY_EVERY_MS: f64 = 30_000.0;

/// There is no place for the transaction.
pub(crate) struct StorageBlocked;

/// Goes to an address in this tab, keeping the transaction for the way back. The authority takes this page's place in the
/// history: one Back from the page that comes back must not run the same request again (report REP-05).
pub(crate) fn leave(url: &str, transaction: Option<&str>) -> Result<(), StorageBlocked> {
    let window = super::window();
    if let Some(transaction) = transaction {
        let storage = window.session_storage().ok().flatten().ok_or(StorageBlocked)?;
        storage.set_item(TRANSACTION, transaction).map_err(|_| StorageBlocked)?;
    }
    // The address comes from the vault and is https, or http on loopback: it cannot fail to parse.
    let _replaced = window.location().replace(url);
    Ok(())
}

/// Stays here after all: a way to Entra that has begun ends, and nobody comes back from there.
pub(crate) fn stay() {
    // It fails nowhere but in a page that is being closed.
    let _stopped = super::window().stop();
    if let Ok(Some(storage)) = super::window().session_storage() {
        // Where there is no storage, nothing was kept.
        let _removed = storage.remove_item(TRANSACTION);
    }
}

/// Keeps for the next time that the page is loaded in this tab whose sign-in it was, or forgets it.
pub(crate) fn remember(remembered: Option<&str>) {
    let Ok(Some(storage)) = super::window().session_storage() else { return };
    // Where nothing can be kept, the person is asked who they are, as ever.
    let _kept = match remembered {
        Some(text) => storage.set_item(REMEMBERED, text),
        None => storage.remove_item(REMEMBERED),
    };
}

/// Calls back when somebody uses the page, for as long as it lives; twice a minute is often enough.
pub(crate) fn on_use(used: impl Fn() + 'static) {
    // By the monotonic clock (REP-04).
    let last = Cell::new(f64::NEG_INFINITY);
    listen_for_ever(&ACTIVITY, move |_| {
        let now = page_clock::monotonic();
        if now - last.get() > ACTIVITY_EVERY_MS {
            last.set(now);
            used();
        }
    });
}

/// Whether the browser believes that it reaches anything at all.
pub(crate) fn is_online() -> bool {
    super::window().navigator().on_line()
}

/// Starts over.
pub(crate) fn reload() {
    // It fails only where the page is being closed.
    let _reloaded = super::window().location().reload();
}

/// A page that comes back out of the browser's cache shows a state that is over: it starts over instead
/// (SEC-032).
pub(crate) fn reload_when_restored() {
    listen_for_ever(&["pageshow"], |event| {
        if event.dyn_into::<PageTransitionEvent>().is_ok_and(|event| event.persisted()) {
            reload();
        }
    });
}

/// Calls back when somebody looks at the page again, or the network is back: timers may have slept meanwhile.
pub(crate) fn on_waking(woken: impl Fn() + 'static) {
    // `visibilitychange` bubbles from the document to the window.
    listen_for_ever(&["online", "visibilitychange"], move |_| woken());
}

/// Hears what happens to the window, for as long as the page lives.
fn listen_for_ever(events: &[&str], on_event: impl Fn(Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(on_event);
    let (window, callback) = (super::window(), listener.as_ref().unchecked_ref());
    // The names are the platform's own, so no call fails.
    events.iter().for_each(|event| drop(window.add_event_listener_with_callback(event, callback)));
    listener.forget();
}
