//! The page: what people see. It renders, navigates and speaks to the vault; it never holds an Entra token.

mod app;
mod browser;
mod embedded;
mod portal_messages;
mod screens;
mod view;

use browser::{parent_window::Delivery, vault::Vault};
use wasm_bindgen::prelude::wasm_bindgen;

/// Everything begins with [`start`], once `boot.js` has the vault.
fn main() {}

/// Takes the place of the static card.
///
/// `greeting` is the vault's first message, or nothing if it never spoke.
#[wasm_bindgen]
pub fn start(vault: web_sys::Worker, greeting: Option<String>) {
    app::mount(Vault::new(vault), greeting);
}

/// Hears what the window around this one says.
#[wasm_bindgen]
pub fn greet(event: &web_sys::MessageEvent) {
    if let Some(delivery) = Delivery::of(event) {
        embedded::greet(delivery);
    }
}
