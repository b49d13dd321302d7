//! The page in the frame of a portal. It offers no sign-in before a configured portal has greeted it.

use std::{cell::RefCell, time::Duration};

use leptos::prelude::*;
use messages::{Connect, FromPortal, Hint, Locale, Portal, Problem, ProblemCode, ToPortal, ToVault, ViewState};

use crate::{
    browser::{
        self, page_clock,
        parent_window::{self, ParentMessage, PortalPort},
        tabs,
        vault::Vault,
    },
    portal_messages::{Conversation, Now, PortalEffect, RateLimit, find_portal},
    texts,
    view::View,
};

/// How long a framed page waits for a greeting, once its configuration is read, before it shows a problem.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether the page offers to sign in. In a frame it does so after a configured portal has greeted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EmbedGate {
    /// The page is in a frame, and waits for a greeting.
    Awaiting,
    /// The page is in a frame, and no configured portal greeted it in time.
    Closed,
    /// The page is at top level, or a configured portal has greeted it.
    Open {
        /// What the page calls the portal, if it receives the token.
        recipient: Option<String>,
    },
}

impl EmbedGate {
    /// The view to show. While the gate is not open, it has no sign-in button (SEC-050).
    pub(crate) fn filter(&self, view: View) -> View {
        match (self, view) {
            (Self::Open { .. }, view) | (_, view @ View::Stopped { .. }) => view,
            (Self::Awaiting, _) => View::Starting,
            (Self::Closed, _) => View::Stopped { problem: Problem::new(ProblemCode::PortalUnknown) },
        }
    }
}

thread_local! {
    static FRAME: RefCell<Option<Frame>> = const { RefCell::new(None) };
}

/// The state of a page in a frame.
struct Frame {
    vault: Vault,
    set_gate: WriteSignal<EmbedGate>,
    /// The configured portals. `None` until the configuration was read.
    portals: Option<Vec<Portal>>,
    /// The last greeting that arrived before the configuration was read.
    early_greeting: Option<ParentMessage>,
    /// Limits greetings and messages together, over all ports.
    rate_limit: RateLimit,
    sign_out_rate_limit: RateLimit,
    view_state: ViewState,
    /// The height of the content, in CSS pixels.
    height: Option<u32>,
    connection: Option<Connection>,
}

/// The connection with the portal that greeted the page.
struct Connection {
    origin: String,
    port: PortalPort,
    conversation: Conversation,
}

/// Returns the gate. In a frame it starts to wait for a portal.
pub(crate) fn begin(vault: &Vault) -> ReadSignal<EmbedGate> {
    let framed = browser::is_framed();
    let (gate, set_gate) = signal(if framed { EmbedGate::Awaiting } else { EmbedGate::Open { recipient: None } });
    if framed {
        FRAME.set(Some(Frame {
            vault: vault.clone(),
            set_gate,
            portals: None,
            early_greeting: None,
            rate_limit: RateLimit::new(page_clock::now().monotonic),
            sign_out_rate_limit: RateLimit::new(page_clock::now().monotonic),
            view_state: ViewState::Starting,
            height: None,
            connection: None,
        }));
        parent_window::on_height(|px| in_frame(|frame| frame.on_height(px)));
    }
    gate
}

/// Handles a message of the parent window.
pub(crate) fn greet(message: ParentMessage) {
    in_frame(|frame| frame.greet(message));
}

/// Sets the configured portals, and handles a greeting that was waiting for them.
pub(crate) fn configure(portals: &[Portal]) {
    in_frame(|frame| {
        if frame.portals.replace(portals.to_vec()).is_none() {
            // Before the configuration, no greeting can be accepted, so the time starts here.
            frame.close_unless_greeted();
        }
        if let Some(greeting) = frame.early_greeting.take() {
            frame.greet(greeting);
        }
    });
}

/// Sends a new view state to the portal.
pub(crate) fn on_view_state(view_state: &ViewState) {
    in_frame(|frame| {
        frame.view_state = view_state.clone();
        frame.with_portal(|conversation, now| conversation.on_view_state(view_state, now));
    });
}

/// Does the work in a frame, and nothing at top level.
fn in_frame(work: impl FnOnce(&mut Frame)) {
    FRAME.with_borrow_mut(|frame| frame.as_mut().map(work));
}

impl Frame {
    /// Connects to a configured portal. Every other message is ignored without a response, so that a hostile site
    /// learns nothing.
    fn greet(&mut self, message: ParentMessage) {
        let Some(portals) = &self.portals else {
            self.early_greeting = Some(message);
            return;
        };
        let Some(portal) = find_portal(portals, &message.origin, &parent_window::ancestors()) else { return };
        // The connected portal can connect again, for example after it created its SDK object anew.
        let is_another = self.connection.as_ref().is_some_and(|connection| connection.origin != portal.origin);
        if is_another || !self.rate_limit.allows(page_clock::now().monotonic) {
            return;
        }
        let Some(connect) = Connect::parse(&message.text) else { return };

        let (conversation, effects) = Conversation::open(portal, &connect, &self.view_state, texts::public);
        let port = PortalPort::new(message.port, |text| {
            in_frame(|frame| frame.on_message(text));
        });
        let recipient = portal.receives_token.then(|| recipient_name(portal));
        self.connection = Some(Connection { origin: portal.origin.clone(), port, conversation });
        self.perform(effects);
        if let Some(px) = self.height {
            self.on_height(px);
        }

        let Connect { hints, caller_token, .. } = connect;
        // A greeting has all hints: one that it does not have is taken back.
        parent_window::apply_theme(hints.theme);
        // The status can have a problem, whose texts change with the language.
        texts::load(hints.locale.as_deref().and_then(Locale::of), || {
            in_frame(|frame| {
                let view_state = frame.view_state.clone();
                frame.with_portal(|conversation, now| conversation.on_view_state(&view_state, now));
            });
        });
        let hint = Hint { login_hint: hints.login_hint, domain_hint: hints.domain_hint, profile: hints.profile };
        self.vault.send(&ToVault::Hint(hint));
        if let Some(port) = message.caller_port.filter(|_| caller_token) {
            self.vault.hand_over(&ToVault::CallerPort, &port);
        }
        self.set_gate.set(EmbedGate::Open { recipient });
    }

    /// Handles a message of the portal. Beyond the rate limit it changes nothing, and a request is rejected at once
    /// (SEC-045).
    fn on_message(&mut self, text: &str) {
        // Sign-outs have a separate limit, so that a portal's flood of requests cannot keep a person signed in.
        let is_sign_out = matches!(FromPortal::parse(text), Some(FromPortal::SignOut { .. }));
        let rate_limit = if is_sign_out { &mut self.sign_out_rate_limit } else { &mut self.rate_limit };
        if rate_limit.allows(page_clock::now().monotonic) {
            self.with_portal(|conversation, now| conversation.on_message(text, now));
        } else {
            self.with_portal(|conversation, _| conversation.reject(text).into_iter().collect());
        }
    }

    /// Closes the gate after the timeout, if it is still waiting then.
    fn close_unless_greeted(&self) {
        let set_gate = self.set_gate;
        let close = move || {
            set_gate.maybe_update(|gate| {
                let is_waiting = *gate == EmbedGate::Awaiting;
                if is_waiting {
                    *gate = EmbedGate::Closed;
                }
                is_waiting
            })
        };
        set_timeout(close, GREETING_TIMEOUT);
    }

    fn on_height(&mut self, px: u32) {
        self.height = Some(px);
        if let Some(Connection { port, .. }) = &self.connection {
            port.send(&ToPortal::Height { px });
        }
    }

    fn with_portal(&mut self, work: impl FnOnce(&mut Conversation, Now) -> Vec<PortalEffect>) {
        if let Some(Connection { conversation, .. }) = &mut self.connection {
            let effects = work(conversation, page_clock::now());
            self.perform(effects);
        }
    }

    fn perform(&self, effects: impl IntoIterator<Item = PortalEffect>) {
        for effect in effects {
            match effect {
                PortalEffect::Send(message) => {
                    if let Some(Connection { port, .. }) = &self.connection {
                        port.send(&message);
                    }
                }
                PortalEffect::SignOut => {
                    self.vault.send(&ToVault::SignOut);
                    tabs::notify_sign_out();
                }
                PortalEffect::CountActivity => self.vault.send(&ToVault::Active),
                PortalEffect::Wake { timeout } => {
                    self.vault.send(&ToVault::Awake);
                    set_timeout(|| in_frame(|frame| frame.with_portal(Conversation::respond)), timeout);
                }
            }
        }
    }
}

/// The host of a portal, after its name if it has one (SEC-054). The name alone would hide where the token goes.
fn recipient_name(portal: &Portal) -> String {
    let host = host_of(&portal.origin);
    portal.name.as_ref().map_or_else(|| host.to_owned(), |name| format!("{name} ({host})"))
}

/// People know a site by its host. The scheme is always https, except for development.
pub(crate) fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_host_of_a_portal_after_its_name() {
        // SEC-054
        let portal = |name: Option<&str>| Portal {
            origin: "https://portal.contoso.example".to_owned(),
            receives_token: true,
            counts_activity: false,
            name: name.map(str::to_owned),
            url: None,
        };
        assert_eq!(recipient_name(&portal(None)), "portal.contoso.example");
        assert_eq!(recipient_name(&portal(Some("Contoso"))), "Contoso (portal.contoso.example)");
    }

    #[test]
    fn offers_no_sign_in_before_a_configured_portal_greets_the_page() {
        // SEC-050
        let signed_out = || View::SignedOut { problem: None, notice: None };
        assert_eq!(EmbedGate::Awaiting.filter(signed_out()), View::Starting);
        let unknown = View::Stopped { problem: Problem::new(ProblemCode::PortalUnknown) };
        assert_eq!(EmbedGate::Closed.filter(signed_out()), unknown);
        assert_eq!(EmbedGate::Open { recipient: None }.filter(signed_out()), signed_out());
        // A problem of the page itself is shown in every frame.
        let stopped = || View::Stopped { problem: Problem::new(ProblemCode::ConfigInvalid) };
        assert_eq!(EmbedGate::Awaiting.filter(stopped()), stopped());
    }
}
