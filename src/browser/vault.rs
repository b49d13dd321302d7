use js_sys::Array;
use messages::{FromVault, ToVault, json};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{MessageEvent, MessagePort, Worker};

/// The vault's Worker, as the page sees it: messages are JSON text in both directions.
#[derive(Clone)]
pub(crate) struct Vault(Worker);

impl Vault {
    pub(crate) fn new(worker: Worker) -> Self {
        Self(worker)
    }

    pub(crate) fn send(&self, message: &ToVault) {
        let text = json::write(message);
        // Posting fails only for values that cannot be cloned; text can.
        let _sent = self.0.post_message(&JsValue::from_str(&text));
    }

    /// Sends a message together with a port. The port then belongs to the vault.
    pub(crate) fn hand_over(&self, message: &ToVault, port: &MessagePort) {
        let text = json::write(message);
        // Fails if the port was already transferred. The vault then has no port, and reports that it got no caller
        // token.
        let _handed = self.0.post_message_with_transfer(&JsValue::from_str(&text), &Array::of1(port));
    }

    /// Calls back with each message of the vault.
    pub(crate) fn listen(&self, on_message: impl Fn(FromVault) + 'static) {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(message) = event.data().as_string().and_then(|text| FromVault::read(&text).ok()) {
                on_message(message);
            }
        });
        self.0.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
    }

    /// Calls back when the Worker itself fails, for example by a panic.
    pub(crate) fn on_failure(&self, failed: impl Fn() + 'static) {
        let listener = Closure::<dyn Fn()>::new(failed);
        self.0.set_onerror(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
    }

    /// Ends the Worker and erases its memory.
    pub(crate) fn terminate(&self) {
        self.0.terminate();
    }
}
