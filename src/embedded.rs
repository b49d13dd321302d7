//! The page in the frame of a portal: nobody can sign in before a configured portal has greeted it.

use std::{cell::RefCell, time::Duration};

use leptos::prelude::*;
use messages::{Connect, FromPortal, Hint, Locale, Portal, Problem, ProblemCode, ToPortal, ToVault, ViewState};

use crate::{
    browser::{
        self, page_clock,
        parent_window::{self, Delivery, Line},
        tabs,
        vault::Vault,
    },
    portal_messages::{Allowance, Conversation, Now, PortalEffect, known},
    view::View,
};

/// How long a framed page that knows its portals waits for one before it says who can help.
const GREETED_WITHIN: Duration = Duration::from_secs(10);

/// Whether people may sign in: in a frame only once a configured portal has greeted the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EmbedGate {
    /// The page stands in a frame, and waits for a word from around it.
    Awaiting,
    /// Nobody is known there.
    Closed,
    /// The page stands by itself, or in a portal that is known.
    Open {
        /// The origin of the portal that gets the token.
        recipient: Option<String>,
    },
}

impl EmbedGate {
    /// The view that is shown: while the gate is not open, it has no button to sign in with (SEC-050).
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

/// What a framed page knows of its surroundings.
struct Frame {
    vault: Vault,
    set_gate: WriteSignal<EmbedGate>,
    /// Nothing, until the configuration was read.
    portals: Option<Vec<Portal>>,
    /// A greeting that came before.
    early: Option<Delivery>,
    /// What is around the frame may say so much, over however many ports.
    allowance: Allowance,
    sign_outs: Allowance,
    view_state: ViewState,
    height: Option<u32>,
    connected: Option<Connected>,
}

struct Connected {
    origin: String,
    line: Line,
    conversation: Conversation,
}

/// The gate at the start; a framed page begins to wait for its portal.
pub(crate) fn begin(vault: &Vault) -> ReadSignal<EmbedGate> {
    let framed = browser::is_framed();
    let (gate, set_gate) = signal(if framed { EmbedGate::Awaiting } else { EmbedGate::Open { recipient: None } });
    if framed {
        FRAME.set(Some(Frame {
            vault: vault.clone(),
            set_gate,
            portals: None,
            early: None,
            allowance: Allowance::full(page_clock::both().steady),
            sign_outs: Allowance::full(page_clock::both().steady),
            view_state: ViewState::Starting,
            height: None,
            connected: None,
        }));
        parent_window::on_height(|px| in_frame(|frame| frame.grow(px)));
    }
    gate
}

/// The window around this one said something.
pub(crate) fn greet(delivery: Delivery) {
    in_frame(|frame| frame.greet(delivery));
}

/// The configuration was read.
pub(crate) fn configure(portals: &[Portal]) {
    in_frame(|frame| {
        if frame.portals.replace(portals.to_vec()).is_none() {
            // Only now could anybody be known.
            frame.close_unless_greeted();
        }
        if let Some(early) = frame.early.take() {
            frame.greet(early);
        }
    });
}

/// The sign-in went on.
pub(crate) fn on_view_state(view_state: &ViewState) {
    in_frame(|frame| {
        frame.view_state = view_state.clone();
        frame.with_portal(|conversation, now| conversation.on_view_state(view_state, now));
    });
}

fn in_frame(work: impl FnOnce(&mut Frame)) {
    FRAME.with_borrow_mut(|frame| frame.as_mut().map(work));
}

impl Frame {
    /// Whatever is not the greeting of a configured portal is not answered, so that nobody learns anything from it.
    fn greet(&mut self, delivery: Delivery) {
        let Some(portals) = &self.portals else {
            self.early = Some(delivery);
            return;
        };
        let Some(portal) = known(portals, &delivery.origin, &parent_window::ancestors()) else { return };
        // Whoever is connected may connect again, as a portal does that builds its frame's surroundings anew.
        let is_another = self.connected.as_ref().is_some_and(|connected| connected.origin != portal.origin);
        if is_another || !self.allowance.spend(page_clock::both().steady) {
            return;
        }
        let Some(connect) = Connect::parse(&delivery.text) else { return };

        let (conversation, effects) = Conversation::open(portal, &connect, &self.view_state);
        let line = Line::new(delivery.port, |text| {
            in_frame(|frame| frame.on_message(text));
        });
        let recipient = portal.receives_token.then(|| portal.origin.clone());
        self.connected = Some(Connected { origin: portal.origin.clone(), line, conversation });
        self.perform(effects);
        if let Some(px) = self.height {
            self.grow(px);
        }

        let Connect { hints, caller_token, .. } = connect;
        if let Some(theme) = hints.theme {
            parent_window::apply_theme(theme);
        }
        if let Some(locale) = hints.locale.as_deref().and_then(Locale::of) {
            parent_window::apply_locale(&locale);
        }
        let hint = Hint { login_hint: hints.login_hint, domain_hint: hints.domain_hint, profile: hints.profile };
        self.vault.send(&ToVault::Hint(hint));
        if let Some(port) = delivery.caller_port.filter(|_| caller_token) {
            self.vault.hand_over(&ToVault::CallerPort, &port);
        }
        self.set_gate.set(EmbedGate::Open { recipient });
    }

    /// Messages beyond the rate limit change nothing (SEC-045). A question among them is refused at once.
    fn on_message(&mut self, text: &str) {
        // A person who wants to leave must not stay signed in because a portal asked too much, so sign-outs have a limit
        // of their own.
        let is_sign_out = matches!(FromPortal::parse(text), Some(FromPortal::SignOut { .. }));
        let allowance = if is_sign_out { &mut self.sign_outs } else { &mut self.allowance };
        if allowance.spend(page_clock::both().steady) {
            self.with_portal(|conversation, now| conversation.on_message(text, now));
        } else {
            self.perform(Conversation::refuse(text));
        }
    }

    fn close_unless_greeted(&self) {
        let set_gate = self.set_gate;
        let close = move || {
            set_gate.maybe_update(|gate| {
                let waited_in_vain = *gate == EmbedGate::Awaiting;
                if waited_in_vain {
                    *gate = EmbedGate::Closed;
                }
                waited_in_vain
            })
        };
        set_timeout(close, GREETED_WITHIN);
    }

    fn grow(&mut self, px: u32) {
        self.height = Some(px);
        if let Some(Connected { line, .. }) = &self.connected {
            line.send(&ToPortal::Height { px });
        }
    }

    fn with_portal(&mut self, work: impl FnOnce(&mut Conversation, Now) -> Vec<PortalEffect>) {
        if let Some(Connected { conversation, .. }) = &mut self.connected {
            let effects = work(conversation, page_clock::both());
            self.perform(effects);
        }
    }

    fn perform(&self, effects: impl IntoIterator<Item = PortalEffect>) {
        for effect in effects {
            match effect {
                PortalEffect::Send(message) => {
                    if let Some(Connected { line, .. }) = &self.connected {
                        line.send(&message);
                    }
                }
                PortalEffect::SignOut => {
                    self.vault.send(&ToVault::SignOut);
                    tabs::notify_sign_out();
                }
                PortalEffect::CountActivity => self.vault.send(&ToVault::Active),
                PortalEffect::Wake { patience } => {
                    self.vault.send(&ToVault::Awake);
                    set_timeout(|| in_frame(|frame| frame.with_portal(Conversation::answer)), patience);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_signs_in_before_a_portal_is_known() {
        // SEC-050
        let signed_out = || View::SignedOut { problem: None, notice: None };
        assert_eq!(EmbedGate::Awaiting.filter(signed_out()), View::Starting);
        let unknown = View::Stopped { problem: Problem::new(ProblemCode::PortalUnknown) };
        assert_eq!(EmbedGate::Closed.filter(signed_out()), unknown);
        assert_eq!(EmbedGate::Open { recipient: None }.filter(signed_out()), signed_out());
        // Why the page cannot work at all may be known everywhere.
        let stopped = || View::Stopped { problem: Problem::new(ProblemCode::ConfigInvalid) };
        assert_eq!(EmbedGate::Awaiting.filter(stopped()), stopped());
    }
}
