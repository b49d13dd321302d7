//! The window in which somebody signs in, from the page's side. Nothing is concluded from `closed`: where Entra cuts
//! the two apart, a living window looks closed. While it is ours it says that it lives; at Entra, only the person's
//! cancel or the vault's limit ends the wait.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::prelude::{IntervalHandle, set_interval_with_handle};
use messages::{FromWindow, Greeting, NoWindow, RedactedText, ToWindow};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent, Window};

use super::page_clock;

/// It says every second that it lives.
const SILENCE: f64 = 5_000.0;

/// It has to load before it can say anything.
const LOADING: f64 = 30_000.0;

/// What happens to the window, for the vault.
pub(crate) enum WindowEvent {
    Answer(RedactedText),
    Gone(NoWindow),
}

/// One window for one sign-in. It closes with its value, if it can still be reached.
pub(crate) struct SignInWindow {
    shared: Rc<Shared>,
    listener: Closure<dyn Fn(MessageEvent)>,
    heartbeat: Option<IntervalHandle>,
    /// For a window that Entra has cut off: reaches pages at top level only.
    channel: RefCell<Option<Channel>>,
}

struct Shared {
    window: Window,
    greeting: RefCell<Option<Greeting>>,
    is_ready: Cell<bool>,
    /// By when it must have been heard of; never, once it is at Entra.
    due: Cell<Option<f64>>,
    notify: Box<dyn Fn(WindowEvent)>,
}

struct Channel {
    channel: BroadcastChannel,
    _listener: Closure<dyn Fn(MessageEvent)>,
}

impl SignInWindow {
    /// Opens it. Only in the very click: what waits for anything first is blocked.
    pub(crate) fn open(notify: impl Fn(WindowEvent) + 'static) -> Result<Self, NoWindow> {
        let page = super::window();
        // Nameless, because the portal could take a named window over.
        let opened = page.open_with_url_and_target_and_features("window.html", "_blank", "popup,width=520,height=700");
        let window = match opened {
            Ok(Some(window)) => window,
            // A window that opened used the click up.
            Ok(None) if !page.navigator().user_activation().is_active() => return Err(NoWindow::Severed),
            Ok(None) | Err(_) => return Err(NoWindow::Blocked),
        };
        let shared = Rc::new(Shared {
            window,
            greeting: RefCell::new(None),
            is_ready: Cell::new(false),
            due: Cell::new(Some(page_clock::monotonic() + LOADING)),
            notify: Box::new(notify),
        });
        let receiver = shared.clone();
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event| receiver.on_message(&event));
        // Listening fails only where there is no window.
        let _listening = page.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
        let pulse = shared.clone();
        let heartbeat = set_interval_with_handle(move || pulse.check(), Duration::from_secs(1)).ok();
        Ok(Self { shared, listener, heartbeat, channel: RefCell::new(None) })
    }

    /// Sends it on its way, as soon as it listens.
    pub(crate) fn greet(&self, greeting: Greeting) {
        self.channel.replace(Channel::open(&greeting.state, self.shared.clone()));
        self.shared.greeting.replace(Some(greeting));
        self.shared.send_on();
    }

    /// Tells it that its answer was the awaited one.
    pub(crate) fn taken(&self) {
        self.shared.send(&ToWindow::Taken);
        if let Some(Channel { channel, .. }) = &*self.channel.borrow() {
            // It fails only for a closed channel, which nobody waits on.
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
        self.due.set(Some(page_clock::monotonic() + SILENCE));
        match message {
            FromWindow::Alive => {}
            FromWindow::Ready => {
                self.is_ready.set(true);
                self.send_on();
            }
            FromWindow::Closed => self.gone(NoWindow::Closed),
            FromWindow::Leaving => self.due.set(None),
            FromWindow::Refused => self.gone(NoWindow::Refused),
            FromWindow::Sandboxed => self.gone(NoWindow::Sandboxed),
            FromWindow::Answer { answer } => {
                self.due.set(None);
                (self.notify)(WindowEvent::Answer(answer));
            }
        }
    }

    /// The greeting goes out once.
    fn send_on(&self) {
        if self.is_ready.get()
            && let Some(greeting) = self.greeting.take()
        {
            self.send(&ToWindow::Greeting(greeting));
        }
    }

    fn check(&self) {
        if self.due.get().is_some_and(|due| page_clock::monotonic() > due) {
            self.gone(NoWindow::Closed);
        }
    }

    fn gone(&self, reason: NoWindow) {
        self.due.set(None);
        (self.notify)(WindowEvent::Gone(reason));
    }

    fn send(&self, message: &ToWindow) {
        // Whoever is in the window by now receives it only if they are of this origin.
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
        // Out of reach at Entra, it stays; there the person closes it.
        let _closed = self.shared.window.close();
    }
}

fn text(message: &ToWindow) -> JsValue {
    JsValue::from_str(&serde_json::to_string(message).expect("messages are texts"))
}
