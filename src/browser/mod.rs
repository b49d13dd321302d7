//! The only place in the page that names `web_sys` and `js_sys`.

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

/// The page's own origin, to which alone anything is said.
fn origin() -> String {
    // It fails only for documents that have none, and this one's policy and storage would have failed before.
    window().location().origin().unwrap_or_default()
}

/// Where the page is, for a link that opens it anew.
pub(crate) fn own_address() -> String {
    let path = window().location().pathname().unwrap_or_default();
    format!("{}{path}", origin())
}

/// Whether the page stands in a frame.
pub(crate) fn is_framed() -> bool {
    let window = window();
    // Where another site's window cannot even be named, it is another's.
    !matches!(window.top(), Ok(Some(top)) if top == window)
}

/// The place of the page, without the static card that was painted there.
fn stage() -> HtmlElement {
    let document = window().document().expect("a window has a document");
    let stage = document.get_element_by_id("app").expect("index.html has it");
    stage.set_text_content(None);
    stage.unchecked_into()
}

/// Moves the focus to the screen's heading. What had it is gone with the last screen, and whoever uses a keyboard or a
/// screen reader would be left nowhere.
pub(crate) fn focus_heading() {
    // Whoever types in the portal around this page goes on typing there.
    if is_framed() && !window().document().is_some_and(|document| document.has_focus().unwrap_or(false)) {
        return;
    }
    let heading = window().document().and_then(|document| document.query_selector("#app h1").ok().flatten());
    if let Some(heading) = heading {
        // An element that cannot be focused stays as it is; nothing depends on it.
        let _focused = heading.unchecked_into::<HtmlElement>().focus();
    }
}

/// Puts the interface in the place of the static card, for as long as the page lives.
pub(crate) fn mount<F, V>(interface: F)
where
    F: FnOnce() -> V + 'static,
    V: IntoView,
{
    leptos::mount::mount_to(stage(), interface).forget();
}
