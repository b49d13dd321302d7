//! The page's side of the sign-in window. It never reads `window.closed`: Entra's `Cross-Origin-Opener-Policy` severs
//! the two windows, and an open window then looks closed. While the window shows our document it sends `alive` every
//! second. At Entra, only the person's cancel or the vault's timeout ends the wait.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::prelude::{IntervalHandle, set_interval_with_handle};
use messages::{FromWindow, Greeting, NoWindow, RedactedText, ToWindow, json};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent, Window};

use super::page_clock;

/// How long the window may be silent, in milliseconds. It sends `alive` every second.
const MAX_SILENCE_MS: f64 = 5_000.0;

/// How long the window may take to load and send its first message, in milliseconds.
const MAX_LOADING_MS: f64 = 30_000.0;

/// An event of the window, for the vault.
pub(crate) enum WindowEvent {
    AuthorizationResponse(RedactedText),
    Gone(NoWindow),
}

/// The window of one sign-in. Dropping the value closes the window, if the page can still reach it.
pub(crate) struct SignInWindow {
    shared: Rc<Shared>,
    listener: Closure<dyn Fn(MessageEvent)>,
    heartbeat: Option<IntervalHandle>,
    /// Receives from a window that Entra has severed. Browsers partition channels by top-level site, so it does not
    /// work in a portal's frame.
    channel: RefCell<Option<Channel>>,
}

struct Shared {
    window: Window,
    greeting: RefCell<Option<Greeting>>,
    is_ready: Cell<bool>,
    /// The deadline of the next message, by the monotonic clock in milliseconds. `None` while the window is at Entra.
    deadline: Cell<Option<f64>>,
    notify: Box<dyn Fn(WindowEvent)>,
}

struct Channel {
    channel: BroadcastChannel,
    _listener: Closure<dyn Fn(MessageEvent)>,
}

impl SignInWindow {
    /// Opens the window. Call it during the click: browsers block a window that opens later.
    ///
    /// # Errors
    ///
    /// [`NoWindow::Blocked`] if the browser did not open it, [`NoWindow::Severed`] if the page cannot reach it.
    pub(crate) fn open(notify: impl Fn(WindowEvent) + 'static) -> Result<Self, NoWindow> {
        let page = super::window();
        // Without a name, because a portal could navigate a window whose name it knows.
        let opened = page.open_with_url_and_target_and_features("window.html", "_blank", "popup,width=520,height=700");
        let window = match opened {
            Ok(Some(window)) => window,
            // The click is consumed, so the window did open.
            Ok(None) if !page.navigator().user_activation().is_active() => return Err(NoWindow::Severed),
            Ok(None) | Err(_) => return Err(NoWindow::Blocked),
        };
        let shared = Rc::new(Shared {
            window,
            greeting: RefCell::new(None),
            is_ready: Cell::new(false),
            deadline: Cell::new(Some(page_clock::monotonic() + MAX_LOADING_MS)),
            notify: Box::new(notify),
        });
        let receiver = shared.clone();
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event| receiver.on_message(&event));
        // Fails only without a window, and this page has one.
        let _listening = page.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
        let pulse = shared.clone();
        let heartbeat = set_interval_with_handle(move || pulse.check(), Duration::from_secs(1)).ok();
        Ok(Self { shared, listener, heartbeat, channel: RefCell::new(None) })
    }

    /// Sends the greeting, as soon as the window is ready.
    pub(crate) fn greet(&self, greeting: Greeting) {
        self.channel.replace(Channel::open(&greeting.state, self.shared.clone()));
        self.shared.greeting.replace(Some(greeting));
        self.shared.send_greeting();
    }

    /// Notifies the window that the vault accepted its response.
    pub(crate) fn taken(&self) {
        self.shared.send(&ToWindow::Taken);
        if let Some(Channel { channel, .. }) = &*self.channel.borrow() {
            // Posting fails only on a closed channel.
            let _sent = channel.post_message(&text(&ToWindow::Taken));
        }
    }
}

impl Shared {
    fn on_message(&self, event: &MessageEvent) {
        let window: &JsValue = self.window.as_ref();
        if event.origin() == super::origin() && event.source().is_some_and(|source| *source == *window) {
            self.handle(event);
        }
    }

    fn handle(&self, event: &MessageEvent) {
        let Some(message) = event.data().as_string().and_then(|text| FromWindow::parse(&text)) else { return };
        self.deadline.set(Some(page_clock::monotonic() + MAX_SILENCE_MS));
        match message {
            FromWindow::Alive => {}
            FromWindow::Ready => {
                self.is_ready.set(true);
                self.send_greeting();
            }
            FromWindow::Closed => self.gone(NoWindow::Closed),
            FromWindow::Leaving => self.deadline.set(None),
            FromWindow::Refused => self.gone(NoWindow::Refused),
            FromWindow::Sandboxed => self.gone(NoWindow::Sandboxed),
            FromWindow::Unconfigured => self.gone(NoWindow::Unconfigured),
            FromWindow::AuthorizationResponse { response } => {
                self.deadline.set(None);
                (self.notify)(WindowEvent::AuthorizationResponse(response));
            }
        }
    }

    /// Sends the greeting once, when the window is ready and the greeting is there.
    fn send_greeting(&self) {
        if self.is_ready.get()
            && let Some(greeting) = self.greeting.take()
        {
            self.send(&ToWindow::Greeting(greeting));
        }
    }

    fn check(&self) {
        if self.deadline.get().is_some_and(|deadline| page_clock::monotonic() > deadline) {
            self.gone(NoWindow::Closed);
        }
    }

    fn gone(&self, reason: NoWindow) {
        self.deadline.set(None);
        (self.notify)(WindowEvent::Gone(reason));
    }

    fn send(&self, message: &ToWindow) {
        // The target origin keeps the message from another site's document in the window (SEC-046).
        let _sent = self.window.post_message(&text(message), &super::origin());
    }
}

impl Channel {
    fn open(state: &str, shared: Rc<Shared>) -> Option<Self> {
        let channel = BroadcastChannel::new(&format!("acs-sign-in.return.{state}")).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event| shared.handle(&event));
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Self { channel, _listener: listener })
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

impl Drop for SignInWindow {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref();
        let _removed = super::window().remove_event_listener_with_callback("message", listener);
        if let Some(heartbeat) = self.heartbeat {
            heartbeat.clear();
        }
        // A severed window stays open at Entra, and the person closes it.
        let _closed = self.shared.window.close();
    }
}

fn text(message: &ToWindow) -> JsValue {
    JsValue::from_str(&json::write(message))
}
