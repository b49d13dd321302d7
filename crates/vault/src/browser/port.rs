use messages::{FromVault, ToVault};
use protocol::json;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::MessageEvent;
pub(crate) use web_sys::MessagePort;

/// Longer than any message of ours: the answer of Entra is the longest part of one.
const MAX_MESSAGE: usize = 64 * 1024;

/// Hears what the page says, and takes the port that comes with it. What is not one of the known messages is nothing.
pub(crate) fn listen(on_message: fn(ToVault, Option<MessagePort>)) {
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().filter(|text| text.len() <= MAX_MESSAGE);
        if let Some(message) = text.and_then(|text| json::read(&text).ok()) {
            on_message(message, event.ports().get(0).dyn_into().ok());
        }
    });
    super::scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens for as long as the Worker lives.
    listener.forget();
}

/// Says something to the page.
pub(crate) fn send(message: &FromVault) {
    let text = json::write(message);
    // It fails only if the page is gone, and then nobody is left to tell.
    let _gone = super::scope().post_message(&JsValue::from_str(&text));
}
