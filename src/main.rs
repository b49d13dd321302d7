//! The page: what people see. It renders, navigates and speaks to the vault; it never holds an Entra token.

mod app;
mod browser;
mod screens;
mod view;

use browser::vault::Vault;
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
