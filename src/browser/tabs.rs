//! Messages to other tabs of this page. The only message is a sign-out (SEC-024, SEC-036).

use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

const CHANNEL: &str = "acs-sign-in";
const SIGNED_OUT: &str = "signed out";

/// Notifies the other tabs of a sign-out, if the browser allows channels.
pub(crate) fn notify_sign_out() {
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        // Posting fails only for values that cannot be cloned; text can.
        let _sent = channel.post_message(&JsValue::from_str(SIGNED_OUT));
        channel.close();
    }
}

/// Calls back on each sign-out in another tab.
pub(crate) fn on_sign_out(notify: impl Fn() + 'static) {
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string().as_deref() == Some(SIGNED_OUT) {
            notify();
        }
    });
    channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
}
