//! The page: the part that people see. It renders, navigates and exchanges messages with the vault. It never has an
//! Entra token.

mod app;
mod browser;
mod embedded;
mod portal_messages;
mod screens;
mod texts;
mod view;

use browser::{parent_window::ParentMessage, vault::Vault};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// Does nothing: `boot.js` calls [`start`] once the vault has started.
fn main() {}

/// Replaces the static card of `index.html` with the interface.
///
/// `greeting` is the vault's first message, or `None` if the vault did not start. `language` is the content of a file
/// of `languages/`, and `load_language` loads the one that fits a locale.
#[wasm_bindgen]
pub fn start(vault: web_sys::Worker, greeting: Option<String>, language: JsValue, load_language: js_sys::Function) {
    texts::set(language, load_language);
    app::mount(Vault::new(vault), greeting);
}

/// Receives a message that was posted to this window. `boot.js` forwards it.
#[wasm_bindgen]
pub fn greet(event: &web_sys::MessageEvent) {
    if let Some(message) = ParentMessage::of(event) {
        embedded::greet(message);
    }
}
