//! The portal's own token for the exchange service (artifact B). It comes over a port that the page passes on and does
//! not read, once for every time it is needed, and it goes nowhere but into the one request.

use std::cell::{Cell, RefCell};

use js_sys::{Function, Object, Promise};
use protocol::{json, secret::CallerToken};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, MessagePort};

use super::vault_clock;

/// How long a portal may take, in milliseconds.
const TIMEOUT_MS: u32 = 15_000;

/// Longer than any token that a header carries.
const MAX_MESSAGE: usize = 32 * 1024;

thread_local! {
    static PORT: RefCell<Option<MessagePort>> = const { RefCell::new(None) };
    static QUESTIONS: Cell<u32> = const { Cell::new(0) };
    /// Ends the wait for the next message.
    static WAITING: RefCell<Option<Function>> = const { RefCell::new(None) };
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Question {
    CallerToken { id: u32 },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Answer {
    CallerToken { id: u32, token: CallerToken },
    Failed { id: u32 },
}

/// Takes the port; the last one counts, since a portal may have mounted its frame's client anew.
pub(crate) fn take(port: MessagePort) {
    if let Some(old) = PORT.replace(Some(port)) {
        old.close();
    }
    // An answer cannot come over the old port any more, so a question in flight is asked over the new one.
    if let Some(settle) = WAITING.take() {
        let _settled = settle.call0(&JsValue::NULL);
    }
}

/// Asks the portal. Nothing, if there is no port, or no answer in time.
pub(crate) async fn ask() -> Option<CallerToken> {
    let mut port = PORT.with_borrow(Clone::clone)?;
    let id = QUESTIONS.replace(QUESTIONS.get().wrapping_add(1));
    let question = json::write(&Question::CallerToken { id });
    port.post_message(&JsValue::from_str(&question)).ok()?;
    let until = vault_clock::now().steady + u64::from(TIMEOUT_MS / 1000);
    // An answer to an earlier question, which nobody waits for any more, answers nothing.
    let answer = loop {
        match next_message(&port).await {
            Some(text) if vault_clock::now().steady <= until => match json::read(&text) {
                Ok(Answer::CallerToken { id: of, token }) if of == id => break Some(token),
                Ok(Answer::Failed { id: of }) if of == id => break None,
                _ => {}
            },
            _ => match PORT.with_borrow(Clone::clone) {
                // A new greeting of the portal brought it.
                Some(latest) if vault_clock::now().steady <= until && !Object::is(&latest, &port) => {
                    port = latest;
                    port.post_message(&JsValue::from_str(&question)).ok()?;
                }
                _ => break None,
            },
        }
    };
    port.set_onmessage(None);
    // A page for signing in to the portal, say, is no token.
    answer.filter(CallerToken::is_token)
}

/// The next text that comes, if one does in time.
async fn next_message(port: &MessagePort) -> Option<String> {
    // Whichever comes first settles it: a message, or nothing at the end of the time.
    let first = Promise::new(&mut |settle, _| {
        port.set_onmessage(Some(&settle));
        WAITING.set(Some(settle.clone()));
        let timer = super::scope()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&settle, i32::try_from(TIMEOUT_MS).unwrap_or(0));
        if timer.is_err() {
            let _settled = settle.call0(&JsValue::NULL);
        }
    });
    let message = JsFuture::from(first).await.ok()?.dyn_into::<MessageEvent>().ok()?;
    Some(message.data().as_string().filter(|text| text.len() <= MAX_MESSAGE).unwrap_or_default())
}
