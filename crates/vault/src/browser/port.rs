use messages::{FromVault, ToVault, json};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::MessageEvent;
pub(crate) use web_sys::MessagePort;

/// Calls back for each message of the page, with the port that comes with it. Unknown messages are ignored.
pub(crate) fn listen(on_message: fn(ToVault, Option<MessagePort>)) {
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().filter(|text| text.len() <= ToVault::MAX_LENGTH);
        if let Some(message) = text.and_then(|text| ToVault::read(&text).ok()) {
            on_message(message, event.ports().get(0).dyn_into().ok());
        }
    });
    super::scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // The Worker listens until it ends.
    listener.forget();
}

/// Sends a message to the page.
pub(crate) fn send(message: &FromVault) {
    let text = json::write(message);
    // This fails only if the page is gone, and then nothing can be reported.
    let _gone = super::scope().post_message(&JsValue::from_str(&text));
}
