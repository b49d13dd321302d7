//! The only place in the page that names `web_sys` and `js_sys`.

pub(crate) mod clipboard;
pub(crate) mod clock;
pub(crate) mod navigation;
pub(crate) mod vault;

use leptos::IntoView;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Window};

fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The place of the page, without the static card that was painted there.
fn stage() -> HtmlElement {
    let document = window().document().expect("a window has a document");
    let stage = document.get_element_by_id("app").expect("index.html has it");
    stage.set_text_content(None);
    stage.unchecked_into()
}

/// Puts the interface in the place of the static card, for as long as the page lives.
pub(crate) fn mount<F, V>(interface: F)
where
    F: FnOnce() -> V + 'static,
    V: IntoView,
{
    leptos::mount::mount_to(stage(), interface).forget();
}
