//! The window in which somebody signs in, from the page's side. Nothing is concluded from `closed`: where Entra cuts
//! the two apart, a living window looks closed. While it is ours it says that it lives; at Entra, only the person's
//! cancel or the vault's limit ends the wait.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::prelude::{IntervalHandle, set_interval_with_handle};
use messages::{FromWindow, Greeting, NoWindow, Private, ToWindow};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent, Window};

use super::clock;

/// It says every second that it lives.
const SILENCE: f64 = 5_000.0;

/// It has to load before it can say anything.
const LOADING: f64 = 30_000.0;

/// What the vault has to hear about the window.
pub(crate) enum News {
    Answer(Private),
    Gone(NoWindow),
}

/// One window for one sign-in. It closes with its value, if it can still be reached.
pub(crate) struct SignInWindow {
    shared: Rc<Shared>,
    hearing: Closure<dyn Fn(MessageEvent)>,
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
    tell: Box<dyn Fn(News)>,
}

struct Channel {
    channel: BroadcastChannel,
    _hearing: Closure<dyn Fn(MessageEvent)>,
}

impl SignInWindow {
    /// Opens it. Only in the very click: what waits for anything first is blocked.
    pub(crate) fn open(tell: impl Fn(News) + 'static) -> Result<Self, NoWindow> {
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
            due: Cell::new(Some(clock::monotonic() + LOADING)),
            tell: Box::new(tell),
        });
        let ear = shared.clone();
        let hearing = Closure::<dyn Fn(MessageEvent)>::new(move |event| ear.hear(&event));
        // Listening fails only where there is no window.
        let _listening = page.add_event_listener_with_callback("message", hearing.as_ref().unchecked_ref());
        let pulse = shared.clone();
        let heartbeat = set_interval_with_handle(move || pulse.check(), Duration::from_secs(1)).ok();
        Ok(Self { shared, hearing, heartbeat, channel: RefCell::new(None) })
    }

    /// Sends it on its way, as soon as it listens.
    pub(crate) fn greet(&self, greeting: Greeting) {
        self.channel.replace(Channel::open(&greeting.state, self.shared.clone()));
        self.shared.greeting.replace(Some(greeting));
        self.shared.send_on();
    }

    /// Tells it that its answer was the awaited one.
    pub(crate) fn taken(&self) {
        self.shared.say(&ToWindow::Taken);
        if let Some(Channel { channel, .. }) = &*self.channel.borrow() {
            // It fails only for a closed channel, which nobody waits on.
            let _said = channel.post_message(&text(&ToWindow::Taken));
        }
    }
}

impl Shared {
    fn hear(&self, event: &MessageEvent) {
        let window: &JsValue = self.window.as_ref();
        if event.origin() == super::origin() && event.source().is_some_and(|source| *source == *window) {
            self.heard(event);
        }
    }

    fn heard(&self, event: &MessageEvent) {
        let Some(message) = event.data().as_string().and_then(|text| FromWindow::parse(&text)) else { return };
        self.due.set(Some(clock::monotonic() + SILENCE));
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
                (self.tell)(News::Answer(answer));
            }
        }
    }

    /// The greeting goes out once.
    fn send_on(&self) {
        if self.is_ready.get()
            && let Some(greeting) = self.greeting.take()
        {
            self.say(&ToWindow::Greeting(greeting));
        }
    }

    fn check(&self) {
        if self.due.get().is_some_and(|due| clock::monotonic() > due) {
            self.gone(NoWindow::Closed);
        }
    }

    fn gone(&self, reason: NoWindow) {
        self.due.set(None);
        (self.tell)(News::Gone(reason));
    }

    fn say(&self, message: &ToWindow) {
        // Whoever is in the window by now receives it only if they are of this origin.
        let _said = self.window.post_message(&text(message), &super::origin());
    }
}

impl Channel {
    fn open(state: &str, shared: Rc<Shared>) -> Option<Self> {
        let channel = BroadcastChannel::new(&format!("acs-sign-in.return.{state}")).ok()?;
        let hearing = Closure::<dyn Fn(MessageEvent)>::new(move |event| shared.heard(&event));
        channel.set_onmessage(Some(hearing.as_ref().unchecked_ref()));
        Some(Self { channel, _hearing: hearing })
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
        let listener = self.hearing.as_ref().unchecked_ref();
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
