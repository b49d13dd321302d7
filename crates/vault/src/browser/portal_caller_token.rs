//! The portal's own token for the exchange service (artifact B). It comes through a port that the page forwards and
//! cannot read, once for each exchange, and is used in one request only.

use std::cell::{Cell, RefCell};

use contract::secret::CallerToken;
use js_sys::{Function, Object, Promise};
use messages::json::{self, Malformed};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, MessagePort};

use super::vault_clock;

/// The timeout of a portal's response, in milliseconds.
const TIMEOUT_MS: u32 = 15_000;

/// The longest message, in bytes. Tokens in headers are shorter.
const MAX_MESSAGE_LENGTH: usize = 32 * 1024;

thread_local! {
    static PORT: RefCell<Option<MessagePort>> = const { RefCell::new(None) };
    static NEXT_ID: Cell<u32> = const { Cell::new(0) };
    /// Ends the wait for the next message of the port.
    static SETTLE_WAIT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// ```json
/// { "callerToken": { "id": 1 } }
/// ```
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum PortalRequest {
    CallerToken { id: u32 },
}

/// ```json
/// { "callerToken": { "id": 1, "token": "…" } }
/// ```
enum PortalResponse {
    CallerToken { id: u64, token: CallerToken },
    Failed { id: u64 },
}

impl PortalResponse {
    fn from_json(text: &str) -> Result<Self, Malformed> {
        let (name, content) = json::read(text.as_bytes())?.variant()?;
        let mut content = content.into_object();
        let id = content.take("id").as_u64();
        let id = content.require(id).unwrap_or_default();
        let response = match name.as_str() {
            "callerToken" => Self::CallerToken { id, token: CallerToken::new(content.text("token")) },
            "failed" => Self::Failed { id },
            _ => return Err(Malformed),
        };
        content.finish_without_others().map(|()| response)
    }
}

/// Uses this port from now on. A portal sends a new one each time it creates its client.
pub(crate) fn use_port(port: MessagePort) {
    if let Some(old) = PORT.replace(Some(port)) {
        old.close();
    }
    // The old port cannot receive a response any more, so a request in flight is repeated through the new one.
    if let Some(settle) = SETTLE_WAIT.take() {
        let _settled = settle.call0(&JsValue::NULL);
    }
}

/// Requests the token. `None` without a port, or without a response in time.
pub(crate) async fn request() -> Option<CallerToken> {
    let mut port = PORT.with_borrow(Clone::clone)?;
    let id = NEXT_ID.replace(NEXT_ID.get().wrapping_add(1));
    let request = json::write(&PortalRequest::CallerToken { id });
    port.post_message(&JsValue::from_str(&request)).ok()?;
    let until = vault_clock::now().monotonic + u64::from(TIMEOUT_MS / 1000);
    // Responses to earlier requests are ignored.
    let token = loop {
        match next_message(&port).await {
            Some(text) if vault_clock::now().monotonic <= until => match PortalResponse::from_json(&text) {
                Ok(PortalResponse::CallerToken { id: of, token }) if of == u64::from(id) => break Some(token),
                Ok(PortalResponse::Failed { id: of }) if of == u64::from(id) => break None,
                _ => {}
            },
            _ => match PORT.with_borrow(Clone::clone) {
                // A new port came with a new greeting of the portal.
                Some(latest) if vault_clock::now().monotonic <= until && !Object::is(&latest, &port) => {
                    port = latest;
                    port.post_message(&JsValue::from_str(&request)).ok()?;
                }
                _ => break None,
            },
        }
    };
    port.set_onmessage(None);
    // A portal may return another text, such as its sign-in page.
    token.filter(CallerToken::is_token)
}

/// The next text from the port, if one comes in time.
async fn next_message(port: &MessagePort) -> Option<String> {
    // Settled by a message or by the timer, whichever comes first.
    let first = Promise::new(&mut |settle, _| {
        port.set_onmessage(Some(&settle));
        SETTLE_WAIT.set(Some(settle.clone()));
        let timer = super::scope()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&settle, i32::try_from(TIMEOUT_MS).unwrap_or(0));
        if timer.is_err() {
            let _settled = settle.call0(&JsValue::NULL);
        }
    });
    let message = JsFuture::from(first).await.ok()?.dyn_into::<MessageEvent>().ok()?;
    Some(message.data().as_string().filter(|text| text.len() <= MAX_MESSAGE_LENGTH).unwrap_or_default())
}
