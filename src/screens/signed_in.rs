use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use messages::{Account, Problem};

use super::problem_panel;
use crate::{
    app::{UserAction, copy_token},
    browser::{self, focus_heading, is_framed, page_clock, text::text},
    view::TimeLeft,
};

/// The account, and how long the token is valid.
pub(crate) fn screen(
    account: Option<Account>,
    communication_id: Option<String>,
    expires_at: u64,
    renewal_problem: Option<Problem>,
    on_action: UnsyncCallback<UserAction>,
) -> impl IntoView {
    let now = ticking_clock();
    let time_left = Memo::new(move |_| TimeLeft::until(expires_at, now.get()));
    let is_expired = move || time_left.get() == TimeLeft::Expired;
    // When the token expires, the buttons change, and the focused one can disappear.
    Effect::new(move |was_expired: Option<bool>| {
        let is_expired = is_expired();
        if is_expired && was_expired == Some(false) {
            focus_heading();
        }
        is_expired
    });
    let in_trouble = renewal_problem.is_some();
    let locale = browser::parent_window::locale();
    let (name, username, details) = match account {
        Some(Account { name, username, tenant_id, object_id }) => {
            let name = name.or_else(|| username.clone()).unwrap_or_else(|| "Signed in".to_owned());
            (name, username, Some((tenant_id, object_id)))
        }
        None => ("Guest".to_owned(), Some("Nobody signed in: this identity is for development.".to_owned()), None),
    };

    view! {
        <h1 tabindex="-1" prop:textContent=move || text(heading(is_expired()))></h1>
        <div class="person">
            <p class="name" prop:textContent=text(name)></p>
            <p class="username" prop:textContent=text(username.unwrap_or_default())></p>
        </div>
        <dl class="facts">
            <dt>{"Token"}</dt>
            <dd
                class=move || if is_expired() { "life over" } else { "life" }
                prop:textContent=move || text(time_left.get().sentence())
            ></dd>
            <dt>{"Valid until"}</dt>
            <dd
                lang=locale.as_ref().map(|locale| locale.as_str().to_owned())
                prop:textContent=text(page_clock::local_time(expires_at, locale.as_ref()))
            ></dd>
        </dl>
        {renewal_problem.map(|renewal_problem| {
            let is_retryable = renewal_problem.code.is_retryable();
            view! {
                {problem_panel::panel(renewal_problem)}
                {is_retryable.then(|| view! { <p class="note">{"This page goes on trying by itself."}</p> })}
            }
        })}
        <div class="actions">
            {move || if is_expired() || in_trouble {
                view! {
                    <button class="primary" type="button" on:click=move |_| on_action.run(UserAction::SignIn { profile: None, choose_account: false })>
                        {"Sign in again"}
                    </button>
                }.into_any()
            } else if is_framed() {
                // The configuration decides whether a portal receives the token, and a frame has no clipboard.
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

/// The text after a copy. Empty before the first one.
const fn copy_result(copied: Option<bool>) -> &'static str {
    match copied {
        None => "",
        Some(true) => "Copied. Whoever has it can call as you until it expires.",
        Some(false) => "Your browser did not let this page use the clipboard.",
    }
}

const fn heading(is_expired: bool) -> &'static str {
    if is_expired { "The calling token has expired" } else { "The calling token is here" }
}

/// The wall clock in seconds since 1970, updated every second while the screen is shown.
fn ticking_clock() -> ReadSignal<u64> {
    let (now, set_now) = signal(page_clock::wall_seconds());
    let ticking = set_interval_with_handle(move || set_now.set(page_clock::wall_seconds()), Duration::from_secs(1));
    on_cleanup(move || {
        if let Ok(ticking) = ticking {
            ticking.clear();
        }
    });
    now
}
