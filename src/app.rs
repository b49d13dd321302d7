use std::{
    cell::RefCell,
    mem::{Discriminant, discriminant},
    time::Duration,
};

use leptos::{html, prelude::*};
use messages::{AcsToken, FromVault, Problem, ProblemCode, RedactedText, SignInMethod, Site, ToVault, ViewState};

use crate::{
    browser::{
        self, navigation,
        sign_in_window::{SignInWindow, WindowEvent},
        tabs,
        vault::Vault,
    },
    embedded::{self, EmbedGate},
    screens::{
        at_window,
        elements::{dynamic, group, logo, maybe, nothing, status},
        footer, leaving, problem_panel,
        signed_in::{self, TokenState},
        signed_out, signing_in, stopped,
    },
    texts::{self, filled, text},
    view::View,
};

thread_local! {
    /// The token, outside of the reactive graph, so that no component can render it.
    static TOKEN: RefCell<Option<AcsToken>> = const { RefCell::new(None) };
    /// The open sign-in window.
    static WINDOW: RefCell<Option<SignInWindow>> = const { RefCell::new(None) };
}

/// An action of the person on a screen.
#[derive(Debug, Clone)]
pub(crate) enum UserAction {
    Cancel,
    GrantConsent { profile: String, registered: bool },
    SignIn { profile: Option<String>, choose_account: bool },
    SignOut,
    StartOver,
}

/// Shows the interface, and updates it with the vault's messages.
pub(crate) fn mount(vault: Vault, greeting: Option<String>) {
    let first = View::of_greeting(greeting.as_deref());
    let vault_is_usable = first.is_none();
    if !vault_is_usable {
        vault.terminate();
    }
    navigation::reload_when_restored();
    browser::mount(move || {
        let (view, set_view) = signal(first.unwrap_or(View::Starting));
        let (site, set_site) = signal(Site::default());
        let gate = embedded::begin(&vault);
        if vault_is_usable {
            connect(&vault, set_view, set_site);
        }
        let on_action = UnsyncCallback::new(move |action| perform(&vault, action, site));
        let view = Memo::new(move |_| gate.with(|gate| gate.filter(view.get())));
        interface(gate, view, site, on_action)
    });
}

/// Listens to the vault, and sends it the browser's events: activity, waking, and sign-outs in other tabs.
fn connect(vault: &Vault, set_view: WriteSignal<View>, set_site: WriteSignal<Site>) {
    let sender = vault.clone();
    vault.listen(move |message| on_message(&sender, message, set_view, set_site));
    let broken = vault.clone();
    vault.on_failure(move || {
        // A vault that failed could still send a view state, after the page has shown that the vault is gone.
        broken.terminate();
        TOKEN.set(None);
        WINDOW.set(None);
        embedded::on_view_state(&ViewState::Stopped { problem: Problem::new(ProblemCode::VaultUnavailable) });
        set_view.set(View::vault_failed());
    });
    let woken = vault.clone();
    navigation::on_waking(move || woken.send(&ToVault::Awake));
    let used = vault.clone();
    navigation::on_activity(move || used.send(&ToVault::Active));
    let elsewhere = vault.clone();
    tabs::on_sign_out(move || elsewhere.send(&ToVault::Forget));
    vault.send(&ToVault::Show);
}

fn perform(vault: &Vault, action: UserAction, site: ReadSignal<Site>) {
    match action {
        UserAction::SignIn { profile, choose_account } => {
            // One window for one sign-in: further clicks are ignored.
            if WINDOW.with_borrow(Option::is_some) {
                return;
            }
            // Browsers block a window that does not open during the click.
            let at_entra = site.with_untracked(|site| site.by_window && may_lead_to_entra(site, profile.as_deref()));
            let window = at_entra.then(|| open_window(vault));
            vault.send(&ToVault::SignIn { profile, choose_account });
            match window {
                Some(Ok(window)) => WINDOW.set(Some(window)),
                Some(Err(reason)) => vault.send(&ToVault::NoWindow { reason }),
                None => {}
            }
        }
        UserAction::Cancel => vault.send(&ToVault::SignOut),
        UserAction::GrantConsent { profile, registered } => vault.send(&ToVault::GrantConsent { profile, registered }),
        UserAction::SignOut => {
            vault.send(&ToVault::SignOut);
            tabs::notify_sign_out();
        }
        UserAction::StartOver => navigation::reload(),
    }
}

/// Whether this sign-in may need a window. Without a name the vault chooses the method, so it can be any of them. A
/// window that is not needed closes when the sign-in ends.
fn may_lead_to_entra(site: &Site, profile: Option<&str>) -> bool {
    let chosen = |method: &SignInMethod| profile.is_none_or(|name| method.profile == name);
    site.sign_in_methods.iter().any(|method| chosen(method) && method.leads_to_entra())
}

fn open_window(vault: &Vault) -> Result<SignInWindow, messages::NoWindow> {
    let vault = vault.clone();
    SignInWindow::open(move |event| match event {
        WindowEvent::AuthorizationResponse(response) => vault.send(&ToVault::AuthorizationResponse { response }),
        WindowEvent::Gone(reason) => vault.send(&ToVault::NoWindow { reason }),
    })
}

fn on_message(vault: &Vault, message: FromVault, set_view: WriteSignal<View>, set_site: WriteSignal<Site>) {
    match message {
        FromVault::Ready { .. } => {}
        FromVault::Site { site } => {
            embedded::configure(&site.portals);
            set_site.set(site);
        }
        FromVault::ViewState { view_state } => {
            embedded::on_view_state(&view_state);
            let (view, token) = View::of(view_state);
            TOKEN.set(token);
            // During these, the window still waits for `taken`.
            if !matches!(view, View::AtWindow | View::SigningIn { .. }) {
                WINDOW.set(None);
            }
            set_view.update(|shown| {
                if matches!((&*shown, &view), (View::Leaving, View::SignedOut { .. })) {
                    navigation::cancel_leaving();
                }
                *shown = view;
            });
        }
        FromVault::Greet { greeting } => WINDOW.with_borrow(|window| match window {
            Some(window) => window.greet(greeting),
            None => vault.send(&ToVault::NoWindow { reason: messages::NoWindow::Closed }),
        }),
        FromVault::Taken => WINDOW.with_borrow(|window| {
            if let Some(window) = window {
                window.taken();
            }
        }),
        FromVault::Remember { remembered } => navigation::remember(remembered.as_ref().map(RedactedText::expose)),
        // Without a network, only the session at the authority remains. The page shows that as a problem.
        FromVault::Leave { transaction: None, .. } if !navigation::is_online() => {
            let problem = Some(Problem::new(ProblemCode::SignOutOffline));
            set_view.set(View::SignedOut { problem, notice: None });
        }
        FromVault::Leave { url, transaction } => {
            if navigation::leave(&url, transaction.as_ref().map(RedactedText::expose)).is_err() {
                vault.send(&ToVault::StorageBlocked);
            }
        }
    }
}

/// Copies the token to the clipboard. Returns `false` without a token, or if the browser does not allow it.
pub(crate) async fn copy_token() -> bool {
    match TOKEN.with_borrow(Clone::clone) {
        Some(token) => browser::clipboard::copy(token.expose()).await,
        None => false,
    }
}

/// The card with the current view.
fn interface(
    gate: ReadSignal<EmbedGate>,
    view: Memo<View>,
    site: ReadSignal<Site>,
    on_action: UnsyncCallback<UserAction>,
) -> AnyView {
    // Until then, the static card shows what `Starting` would show.
    let has_started = move || view.with(|view| *view != View::Starting);
    // Move the focus when the screen changes. All steps of a sign-in are one screen.
    let screen = Memo::new(move |_| view.with(discriminant));
    Effect::new(move |shown: Option<Discriminant<View>>| {
        let screen = screen.get();
        let keeps_focus = has_started() && browser::remove_static_card();
        if shown.is_some_and(|shown| shown != screen) && !keeps_focus {
            // After the effects that render: the heading is still that of the last screen.
            set_timeout(browser::focus_heading, Duration::ZERO);
        }
        screen
    });
    let recipient = move || gate.with(recipient);
    let shown = move || match view.get() {
        View::Starting => nothing(),
        View::Leaving => leaving::screen(on_action),
        View::Stopped { problem } => stopped::screen(problem, on_action),
        View::AtWindow => at_window::screen(recipient(), on_action),
        View::SignedOut { problem, notice } => {
            site.with(|site| signed_out::screen(site, problem, notice, recipient(), on_action))
        }
        View::SigningIn { step, steps } => signing_in::screen(step, &steps, on_action),
        View::SignedIn { account, communication_id, expires_at, renewal_problem } => site.with(|site| {
            let token = TokenState { expires_at, renewal_problem };
            signed_in::screen(site, account, communication_id, token, recipient(), on_action)
        }),
    };
    // Each screen has elements of its own, so that its heading receives the focus. Changes of a screen keep its elements.
    let screens = move || {
        // `track` would not compute the memo now, and the elements would then change after the focus moved.
        let _screen = screen.get();
        texts::track();
        dynamic(shown)
    };
    let announced = move || {
        texts::track();
        view.with(|view| site.with(|site| announcement(view, site)))
    };
    Effect::new(move || {
        texts::track();
        if let Some(title) = view.with(|view| site.with(|site| document_title(view, site))) {
            browser::branding::set_title(&title);
        }
    });
    Effect::new(move || site.with(|site| browser::branding::set_accent(site.branding.accent.as_ref())));
    let owner = move || {
        texts::track();
        if browser::is_framed() { nothing() } else { site.with(|site| footer::view(&site.branding)) }
    };
    let logo = move || {
        let name = site.with(|site| site.branding.name.clone());
        maybe(browser::branding::logo().map(|address| logo(address, name)))
    };
    group(vec![
        html::section()
            .class("card")
            .hidden(move || !has_started())
            .child(vec![dynamic(logo), dynamic(screens), dynamic(owner)])
            .into_any(),
        status("visually-hidden", announced),
    ])
}

/// The sentence about the portal that receives the token, and so can act as the person (SEC-054).
fn recipient(gate: &EmbedGate) -> Option<String> {
    let EmbedGate::Open { recipient: Some(name) } = gate else { return None };
    Some(filled("recipient", "portal", name))
}

/// The title of the document: what the screen says, and whose page it is. `None` keeps that of `index.html`.
fn document_title(view: &View, site: &Site) -> Option<String> {
    let title = match view {
        View::Starting => return None,
        View::SigningIn { .. } => text("signingIn.title"),
        View::Stopped { problem }
        | View::SignedOut { problem: Some(problem), .. }
        | View::SignedIn { renewal_problem: Some(problem), .. } => texts::title(problem.code),
        view => announcement(view, site),
    };
    Some(match &site.branding.name {
        Some(name) if !title.contains(name) => format!("{title} – {name}"),
        _ => title,
    })
}

/// The text that a screen reader announces when the view changes.
fn announcement(view: &View, site: &Site) -> String {
    match view {
        View::Starting => text("starting.lead"),
        View::Leaving => text("leaving.title"),
        View::AtWindow => text("atWindow.title"),
        View::Stopped { problem } | View::SignedOut { problem: Some(problem), .. } => {
            problem_panel::summary_of(problem)
        }
        View::SignedOut { notice: Some(notice), .. } => signed_out::sentence(*notice),
        View::SignedOut { .. } => signed_out::title(site),
        View::SigningIn { step, .. } => signing_in::name(*step),
        View::SignedIn { renewal_problem: Some(problem), .. } => problem_panel::summary_of(problem),
        View::SignedIn { .. } => text("signedIn.title"),
    }
}
