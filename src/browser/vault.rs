use js_sys::Array;
use messages::{FromVault, ToVault};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{MessageEvent, MessagePort, Worker};

/// The page's end of the line to the vault.
#[derive(Clone)]
pub(crate) struct Vault(Worker);

impl Vault {
    pub(crate) fn new(worker: Worker) -> Self {
        Self(worker)
    }

    pub(crate) fn send(&self, message: &ToVault) {
        let text = serde_json::to_string(message).expect("messages are texts and booleans");
        // It fails only for what cannot be cloned, and a text can.
        let _sent = self.0.post_message(&JsValue::from_str(&text));
    }

    /// Says it with a port that becomes the vault's.
    pub(crate) fn hand_over(&self, message: &ToVault, port: &MessagePort) {
        let text = serde_json::to_string(message).expect("messages are texts and booleans");
        // A port that somebody else has already cannot be handed over, and then the vault has none.
        let _handed = self.0.post_message_with_transfer(&JsValue::from_str(&text), &Array::of1(port));
    }

    /// Hears what the vault says, for as long as the page lives.
    pub(crate) fn listen(&self, on_message: impl Fn(FromVault) + 'static) {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(message) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                on_message(message);
            }
        });
        self.0.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
    }

    /// Hears that the Worker itself failed.
    pub(crate) fn on_failure(&self, failed: impl Fn() + 'static) {
        let listener = Closure::<dyn Fn()>::new(failed);
        self.0.set_onerror(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
    }

    /// Ends it, with everything that it knows.
    pub(crate) fn terminate(&self) {
        self.0.terminate();
    }
}
