//! The parent window of a page in a frame: its messages, the port to it, and the theme and locale that it requests.

use js_sys::{Array, Object, Reflect};
use messages::{Theme, ToPortal, json};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{Element, MessageEvent, MessagePort, ResizeObserver};

/// A message of the parent window.
pub(crate) struct ParentMessage {
    /// The origin of the document that sent it, set by the browser.
    pub(crate) origin: String,
    /// The text of the message.
    pub(crate) text: String,
    /// The port for the responses.
    pub(crate) port: MessagePort,
    /// The port for requests of the caller token (B). Only the vault reads from it.
    pub(crate) caller_port: Option<MessagePort>,
}

impl ParentMessage {
    /// Reads an event. `None` if the parent window did not send it: other frames and windows can post messages here,
    /// too (SEC-045).
    pub(crate) fn of(event: &MessageEvent) -> Option<Self> {
        let parent = super::window().parent().ok().flatten()?;
        let is_parents = event.source().is_some_and(|source| Object::is(&source, &parent));
        let ports: Vec<MessagePort> = event.ports().iter().filter_map(|port| port.dyn_into().ok()).collect();
        let mut ports = ports.into_iter().take(2);
        let (port, caller_port) = (ports.next()?, ports.next());
        let message = Self { origin: event.origin(), text: event.data().as_string()?, port, caller_port };
        (is_parents && super::is_framed()).then_some(message)
    }
}

/// The origins of all ancestor windows, nearest first. Empty in browsers without `location.ancestorOrigins`.
pub(crate) fn ancestors() -> Vec<String> {
    let origins = Reflect::get(&super::window().location(), &"ancestorOrigins".into()).unwrap_or(JsValue::UNDEFINED);
    if origins.is_object() {
        Array::from(&origins).iter().filter_map(|origin| origin.as_string()).collect()
    } else {
        Vec::new()
    }
}

/// The page's end of a portal's port. It closes when the value is dropped.
pub(crate) struct PortalPort {
    port: MessagePort,
    _listener: Closure<dyn Fn(MessageEvent)>,
}

impl PortalPort {
    /// Starts to receive messages.
    pub(crate) fn new(port: MessagePort, on_message: impl Fn(&str) + 'static) -> Self {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                on_message(&text);
            }
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Self { port, _listener: listener }
    }

    pub(crate) fn send(&self, message: &ToPortal) {
        let text = json::write(message);
        // Posting fails only for values that cannot be cloned; text can.
        let _sent = self.port.post_message(&JsValue::from_str(&text));
    }
}

impl Drop for PortalPort {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

/// Calls back with the height of the page's content, in CSS pixels: now, and when it changes.
pub(crate) fn on_height(notify: impl Fn(u32) + 'static) {
    let measure = Closure::<dyn Fn()>::new(move || {
        let content = super::window().document().and_then(|document| document.get_element_by_id("app"));
        if let Some(content) = content {
            // Far below 2^32, and never negative.
            notify(content.get_bounding_client_rect().height().ceil() as u32);
        }
    });
    let observer = ResizeObserver::new(measure.as_ref().unchecked_ref());
    let content = super::window().document().and_then(|document| document.get_element_by_id("app"));
    if let (Ok(observer), Some(content)) = (observer, content) {
        observer.observe(&content);
        measure.forget();
    }
}

/// Applies the portal's theme. Without one, the page follows the person's system.
pub(crate) fn apply_theme(theme: Option<Theme>) {
    let name = theme.map(|theme| match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    });
    set_on_root("data-theme", name);
}

fn set_on_root(name: &str, value: Option<&str>) {
    if let Some(root) = root() {
        // Both fail only for an invalid attribute name.
        let _set = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}

fn root() -> Option<Element> {
    super::window().document().and_then(|document| document.document_element())
}
