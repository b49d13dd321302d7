use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use messages::{Account, Problem};

use super::problem_panel;
use crate::{
    app::{UserAction, copy_token},
    browser::{self, focus_heading, is_framed, page_clock, text::text},
    view::Life,
};

/// Who is signed in, and how long the token lives.
pub(crate) fn screen(
    account: Option<Account>,
    communication_id: Option<String>,
    expires_at: u64,
    trouble: Option<Problem>,
    on_action: UnsyncCallback<UserAction>,
) -> impl IntoView {
    let now = ticking_clock();
    let life = Memo::new(move |_| Life::left(expires_at, now.get()));
    let over = move || life.get() == Life::Over;
    // The buttons change when it ends, and whoever had the focus on one would be left nowhere.
    Effect::new(move |was_over: Option<bool>| {
        let over = over();
        if over && was_over == Some(false) {
            focus_heading();
        }
        over
    });
    let in_trouble = trouble.is_some();
    let locale = browser::parent_window::locale();
    let (name, username, details) = match account {
        Some(Account { name, username, tenant_id, object_id }) => {
            let name = name.or_else(|| username.clone()).unwrap_or_else(|| "Signed in".to_owned());
            (name, username, Some((tenant_id, object_id)))
        }
        None => ("Guest".to_owned(), Some("Nobody signed in: this identity is for development.".to_owned()), None),
    };

    view! {
        <h1 tabindex="-1" prop:textContent=move || text(heading(over()))></h1>
        <div class="person">
            <p class="name" prop:textContent=text(name)></p>
            <p class="username" prop:textContent=text(username.unwrap_or_default())></p>
        </div>
        <dl class="facts">
            <dt>{"Token"}</dt>
            <dd
                class=move || if over() { "life over" } else { "life" }
                prop:textContent=move || text(life.get().sentence())
            ></dd>
            <dt>{"Valid until"}</dt>
            <dd
                lang=locale.as_ref().map(|locale| locale.as_str().to_owned())
                prop:textContent=text(page_clock::local_time(expires_at, locale.as_ref()))
            ></dd>
        </dl>
        {trouble.map(|trouble| {
            let goes_on = trouble.code.may_pass();
            view! {
                {problem_panel::panel(trouble)}
                {goes_on.then(|| view! { <p class="note">{"This page goes on trying by itself."}</p> })}
            }
        })}
        <div class="actions">
            {move || if over() || in_trouble {
                view! {
                    <button class="primary" type="button" on:click=move |_| on_action.run(UserAction::SignIn { profile: None, choose_account: false })>
                        {"Sign in again"}
                    </button>
                }.into_any()
            } else if is_framed() {
                // A portal gets the token by itself, or is not to get it; a frame has no clipboard either.
                ().into_any()
            } else {
                copy_button().into_any()
            }}
            <button class="secondary" type="button" on:click=move |_| on_action.run(UserAction::SignOut)>{"Sign out"}</button>
        </div>
        <details>
            <summary>{"For developers"}</summary>
            <dl>
                {details.map(|(tenant_id, object_id)| view! {
                    <dt>{"Tenant"}</dt>
                    <dd><code prop:textContent=text(tenant_id)></code></dd>
                    <dt>{"Object id"}</dt>
                    <dd><code prop:textContent=text(object_id)></code></dd>
                })}
                {communication_id.map(|id| view! {
                    <dt>{"Identity in ACS"}</dt>
                    <dd><code prop:textContent=text(id)></code></dd>
                })}
            </dl>
            <p>{"The token is an Azure Communication Services access token. It lives in this page's memory only: after a reload you sign in again."}</p>
        </details>
    }
}

fn copy_button() -> impl IntoView {
    let copied = RwSignal::new(None);
    let copy = move |_| spawn_local(async move { copied.set(Some(copy_token().await)) });
    view! {
        <button class="primary" type="button" on:click=copy>{"Copy the token"}</button>
        <p class="note" role="status" prop:textContent=move || text(copy_result(copied.get()))></p>
    }
}

/// What came of the copying, once there was any.
const fn copy_result(copied: Option<bool>) -> &'static str {
    match copied {
        None => "",
        Some(true) => "Copied. Whoever has it can call as you until it expires.",
        Some(false) => "Your browser did not let this page use the clipboard.",
    }
}

const fn heading(over: bool) -> &'static str {
    if over { "The calling token has expired" } else { "The calling token is here" }
}

/// The present second, for as long as the screen is there.
fn ticking_clock() -> ReadSignal<u64> {
    let (now, set_now) = signal(page_clock::now());
    let ticking = set_interval_with_handle(move || set_now.set(page_clock::now()), Duration::from_secs(1));
    on_cleanup(move || {
        if let Ok(ticking) = ticking {
            ticking.clear();
        }
    });
    now
}
