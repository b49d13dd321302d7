use std::{
    cell::RefCell,
    mem::{Discriminant, discriminant},
};

use leptos::prelude::*;
use messages::{AcsToken, FromVault, Private, Problem, ProblemCode, ToVault};

use crate::{
    browser::{self, navigation, vault::Vault},
    screens::{card, leaving, signed_in, signed_out, signing_in, stopped},
    view::View,
};

thread_local! {
    /// The token lies beside the reactive graph, not in it.
    static TOKEN: RefCell<Option<AcsToken>> = const { RefCell::new(None) };
}

/// What a person can do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    Cancel,
    SignIn { choose_account: bool },
    SignOut,
    StartOver,
}

/// Shows the interface, and keeps it in step with the vault.
pub(crate) fn mount(vault: Vault, greeting: Option<String>) {
    let first = View::of_greeting(greeting.as_deref());
    let vault_is_usable = first.is_none();
    if !vault_is_usable {
        vault.terminate();
    }
    navigation::reload_when_restored();
    browser::mount(move || {
        let (view, set_view) = signal(first.unwrap_or(View::Starting));
        if vault_is_usable {
            let ear = vault.clone();
            vault.listen(move |message| hear(&ear, message, set_view));
            vault.on_failure(move || {
                TOKEN.set(None);
                set_view.set(View::failed());
            });
            let woken = vault.clone();
            navigation::on_waking(move || woken.say(&ToVault::Awake));
            vault.say(&ToVault::Show);
        }
        let act = UnsyncCallback::new(move |act| match act {
            Act::SignIn { choose_account } => vault.say(&ToVault::SignIn { choose_account }),
            Act::Cancel => {
                navigation::forget();
                vault.say(&ToVault::SignOut);
            }
            Act::SignOut => vault.say(&ToVault::SignOut),
            Act::StartOver => navigation::reload(),
        });
        view! { <Interface view act/> }
    });
}

fn hear(vault: &Vault, message: FromVault, set_view: WriteSignal<View>) {
    match message {
        FromVault::Ready { .. } => {}
        FromVault::Picture { picture } => {
            let (view, token) = View::of(picture);
            TOKEN.set(token);
            set_view.set(view);
        }
        // Signing out works without a network; only the session at the authority then goes on, and the person is told.
        FromVault::Leave { transaction: None, .. } if !navigation::is_online() => {
            set_view.set(View::SignedOut { problem: Some(Problem::new(ProblemCode::SignOutOffline)) });
        }
        FromVault::Leave { url, transaction } => {
            if navigation::leave(&url, transaction.as_ref().map(Private::expose)).is_err() {
                vault.say(&ToVault::Stay);
            }
        }
    }
}

/// Puts the token on the clipboard; `false` if there is none, or the browser does not let us.
pub(crate) async fn copy_token() -> bool {
    match TOKEN.with_borrow(Clone::clone) {
        Some(token) => browser::clipboard::copy(token.expose()).await,
        None => false,
    }
}

/// One card, whose content is the present view.
#[component]
fn Interface(view: ReadSignal<View>, act: UnsyncCallback<Act>) -> impl IntoView {
    // The steps of a sign-in are one screen.
    let screen = Memo::new(move |_| view.with(discriminant));
    Effect::new(move |shown: Option<Discriminant<View>>| {
        let screen = screen.get();
        if shown.is_some_and(|shown| shown != screen) {
            browser::focus_heading();
        }
        screen
    });
    view! {
        <section class="card">
            {move || match view.get() {
                View::Starting => card::waiting("Sign in to make calls", "Getting ready…").into_any(),
                View::Leaving => leaving::screen(act).into_any(),
                View::Stopped { problem } => stopped::screen(problem, act).into_any(),
                View::SignedOut { problem } => signed_out::screen(problem, act).into_any(),
                View::SigningIn { step, steps } => signing_in::screen(step, &steps, act).into_any(),
                View::SignedIn { account, expires_at, trouble } => {
                    signed_in::screen(account, expires_at, trouble, act).into_any()
                }
            }}
        </section>
        <p class="visually-hidden" role="status">{move || announcement(&view.get())}</p>
    }
}

/// What a screen reader says when the view changes.
fn announcement(view: &View) -> &'static str {
    match view {
        View::Starting => "Getting ready",
        View::Leaving => "Going to Microsoft Entra",
        View::Stopped { problem } | View::SignedOut { problem: Some(problem) } => problem.code.what(),
        View::SignedOut { problem: None } => "You are not signed in",
        View::SigningIn { step, .. } => signing_in::sentence(*step),
        View::SignedIn { trouble: Some(problem), .. } => problem.code.what(),
        View::SignedIn { .. } => "You are signed in, and the calling token is here",
    }
}
