//! The other tabs of this page. They are told of a sign-out, and of nothing else (SEC-024, SEC-036).

use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

const NAME: &str = "acs-sign-in";
const SIGNED_OUT: &str = "signed out";

/// Tells the other tabs, if the browser lets this one.
pub(crate) fn notify_sign_out() {
    if let Ok(channel) = BroadcastChannel::new(NAME) {
        // It fails only for what cannot be cloned, and a text can.
        let _sent = channel.post_message(&JsValue::from_str(SIGNED_OUT));
        channel.close();
    }
}

/// Hears of a sign-out in another tab, for as long as the page lives.
pub(crate) fn on_sign_out(notify: impl Fn() + 'static) {
    let Ok(channel) = BroadcastChannel::new(NAME) else { return };
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string().as_deref() == Some(SIGNED_OUT) {
            notify();
        }
    });
    channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
}
