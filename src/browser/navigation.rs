use std::cell::Cell;

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, PageTransitionEvent};

use super::page_clock;

/// The storage keys that `boot.js` reads: the transaction, and the remembered account.
const TRANSACTION: &str = "acs-sign-in.transaction";
const REMEMBERED: &str = "acs-sign-in.remembered";

/// The events that count as activity, and the shortest time between two reports of it, in milliseconds. The embed SDK
/// reports activity in a portal by the same values.
const ACTIVITY: [&str; 2] = ["pointerdown", "keydown"];
const ACTIVITY_EVERY_MS: f64 = 30_000.0;

/// The browser blocks storage, so the transaction cannot be kept.
pub(crate) struct StorageBlocked;

/// Navigates this tab to an address, and keeps the transaction for the return. The authority replaces this page in the
/// history, so that the Back button of the next page does not repeat the same request (report REP-05).
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

/// Cancels a navigation to Entra that has begun, and removes its transaction.
pub(crate) fn cancel_leaving() {
    // It fails only in a page that is being closed.
    let _stopped = super::window().stop();
    if let Ok(Some(storage)) = super::window().session_storage() {
        // Without storage nothing was kept.
        let _removed = storage.remove_item(TRANSACTION);
    }
}

/// Stores the account of this sign-in for the next load of the page in this tab, or removes it.
pub(crate) fn remember(remembered: Option<&str>) {
    let Ok(Some(storage)) = super::window().session_storage() else { return };
    // Without storage the authority asks for the account again.
    let _kept = match remembered {
        Some(text) => storage.set_item(REMEMBERED, text),
        None => storage.remove_item(REMEMBERED),
    };
}

/// Calls back when a person uses the page, at most twice a minute, until the page is closed.
pub(crate) fn on_activity(used: impl Fn() + 'static) {
    // By the monotonic clock (REP-04).
    let last = Cell::new(f64::NEG_INFINITY);
    listen_until_closed(&ACTIVITY, move |_| {
        let now = page_clock::monotonic();
        if now - last.get() > ACTIVITY_EVERY_MS {
            last.set(now);
            used();
        }
    });
}

/// Whether the browser reports a network connection.
pub(crate) fn is_online() -> bool {
    super::window().navigator().on_line()
}

/// Reloads the page.
pub(crate) fn reload() {
    // It fails only in a page that is being closed.
    let _reloaded = super::window().location().reload();
}

/// Reloads a page that the browser restores from its back/forward cache, because its state is outdated (SEC-032).
pub(crate) fn reload_when_restored() {
    listen_until_closed(&["pageshow"], |event| {
        if event.dyn_into::<PageTransitionEvent>().is_ok_and(|event| event.persisted()) {
            reload();
        }
    });
}

/// Calls back when the page is visible again or the network is back, because timers may have paused.
pub(crate) fn on_waking(woken: impl Fn() + 'static) {
    // `visibilitychange` bubbles from the document to the window.
    listen_until_closed(&["online", "visibilitychange"], move |_| woken());
}

/// Listens to events of the window until the page is closed.
fn listen_until_closed(events: &[&str], on_event: impl Fn(Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(on_event);
    let (window, callback) = (super::window(), listener.as_ref().unchecked_ref());
    // The names are the platform's own, so no call fails.
    events.iter().for_each(|event| drop(window.add_event_listener_with_callback(event, callback)));
    listener.forget();
}
