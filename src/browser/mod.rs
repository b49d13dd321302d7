//! The only place in the page that names `web_sys` and `js_sys`.

pub(crate) mod branding;
pub(crate) mod clipboard;
pub(crate) mod navigation;
pub(crate) mod page_clock;
pub(crate) mod parent_window;
pub(crate) mod sign_in_window;
pub(crate) mod tabs;
pub(crate) mod text;
pub(crate) mod vault;

use leptos::IntoView;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Window};

fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The page's origin, the only target of its messages to windows.
fn origin() -> String {
    // Fails only for a document with an opaque origin, where the vault does not start.
    window().location().origin().unwrap_or_default()
}

/// The page's address without query and fragment, for a link that opens it in a tab.
pub(crate) fn own_address() -> String {
    let path = window().location().pathname().unwrap_or_default();
    format!("{}{path}", origin())
}

/// The language of the page, for `Intl`. `boot.js` sets it.
fn language() -> String {
    let root = window().document().and_then(|document| document.document_element());
    root.and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

/// Whether the page is in a frame.
pub(crate) fn is_framed() -> bool {
    let window = window();
    // An error means that the top window belongs to another site.
    !matches!(window.top(), Ok(Some(top)) if top == window)
}

/// The element for the interface, with the static card in it.
fn mount_point() -> HtmlElement {
    let document = window().document().expect("a window has a document");
    document.get_element_by_id("app").expect("index.html has it").unchecked_into()
}

/// Removes the static card of `index.html`, which the interface has replaced. If its button has the focus, the button of
/// the interface gets it. Returns whether that happened.
pub(crate) fn remove_static_card() -> bool {
    let Some(document) = window().document() else { return false };
    let Some(card) = document.get_element_by_id("boot-card") else { return false };
    let is_focused = document.active_element().is_some_and(|element| element.id() == "boot-button");
    card.remove();
    let button = document.query_selector("#app .primary").ok().flatten().filter(|_| is_focused);
    button.is_some_and(|button| button.unchecked_into::<HtmlElement>().focus().is_ok())
}

/// Moves the focus to the screen's heading. The focused element can be gone with the last screen, and people who use a
/// keyboard or a screen reader need a place to continue from.
pub(crate) fn focus_heading() {
    // In a frame without focus the person may be typing in the portal, so leave the focus there.
    if is_framed() && !window().document().is_some_and(|document| document.has_focus().unwrap_or(false)) {
        return;
    }
    let heading = window().document().and_then(|document| document.query_selector("#app h1").ok().flatten());
    if let Some(heading) = heading {
        // Nothing depends on the result.
        let _focused = heading.unchecked_into::<HtmlElement>().focus();
    }
}

/// Shows the interface, for as long as the page lives. The static card stays until [`remove_static_card`].
pub(crate) fn mount<F, V>(interface: F)
where
    F: FnOnce() -> V + 'static,
    V: IntoView,
{
    leptos::mount::mount_to(mount_point(), interface).forget();
}
