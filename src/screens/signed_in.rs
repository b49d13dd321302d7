use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use messages::{Account, Problem};

use super::{
    elements::{
        button, code_entry, dd, details, div, dl, dt, dynamic, group, heading, maybe, nothing, p, status, summary,
    },
    problem_panel,
};
use crate::{
    app::{UserAction, copy_token},
    browser::{self, focus_heading, is_framed, page_clock, text::Text},
    view::TimeLeft,
};

/// The account, and how long the token is valid.
pub(crate) fn screen(
    account: Option<Account>,
    communication_id: Option<String>,
    expires_at: u64,
    renewal_problem: Option<Problem>,
    on_action: UnsyncCallback<UserAction>,
) -> AnyView {
    let time_left = ticking(move || TimeLeft::until(expires_at, page_clock::wall_seconds()));
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
    let (name, username, details) = match account {
        Some(Account { name, username, tenant_id, object_id }) => {
            let name = name.or_else(|| username.clone()).unwrap_or_else(|| "Signed in".to_owned());
            (name, username, Some((tenant_id, object_id)))
        }
        None => ("Guest".to_owned(), Some("Nobody signed in: this identity is for development.".to_owned()), None),
    };
    group(vec![
        heading(move || title(is_expired())),
        div("person", vec![p("name", name), p("username", username.unwrap_or_default())]),
        dl(
            "facts",
            vec![
                dt("", "Token"),
                dynamic(move || dd(if is_expired() { "life over" } else { "life" }, time_left.get().sentence())),
                dt("", "Valid until"),
                valid_until(expires_at),
            ],
        ),
        maybe(renewal_problem.map(|problem| {
            let is_retryable = problem.code.is_retryable();
            group(vec![
                problem_panel::panel(problem),
                maybe(is_retryable.then(|| p("note", "This page goes on trying by itself."))),
            ])
        })),
        div(
            "actions",
            vec![
                dynamic(move || {
                    if is_expired() || in_trouble {
                        button("primary", "Sign in again", move || {
                            on_action.run(UserAction::SignIn { profile: None, choose_account: false });
                        })
                    } else if is_framed() {
                        // The configuration decides whether a portal receives the token, and a frame has no clipboard.
                        nothing()
                    } else {
                        copy_button()
                    }
                }),
                button("secondary", "Sign out", move || on_action.run(UserAction::SignOut)),
            ],
        ),
        for_developers(details, communication_id),
    ])
}

fn valid_until(expires_at: u64) -> AnyView {
    // The portal can change it at any time.
    let locale = ticking(browser::parent_window::locale);
    dynamic(move || {
        let locale = locale.get();
        let time = Text::from(page_clock::local_time(expires_at, locale.as_ref()));
        html::dd().lang(locale.map(|locale| locale.as_str().to_owned())).prop("textContent", time).into_any()
    })
}

fn for_developers(ids: Option<(String, String)>, communication_id: Option<String>) -> AnyView {
    details(
        "",
        vec![
            summary("", "For developers"),
            dl(
                "",
                vec![
                    maybe(ids.map(|(tenant_id, object_id)| {
                        group(vec![code_entry("Tenant", tenant_id), code_entry("Object id", object_id)])
                    })),
                    maybe(communication_id.map(|id| code_entry("Identity in ACS", id))),
                ],
            ),
            p(
                "",
                "The token is an Azure Communication Services access token. It lives in this page's memory only: after a reload you sign in again.",
            ),
        ],
    )
}

fn copy_button() -> AnyView {
    let copied = RwSignal::new(None);
    group(vec![
        button("primary", "Copy the token", move || spawn_local(async move { copied.set(Some(copy_token().await)) })),
        status("note", move || copy_result(copied.get())),
    ])
}

/// The text after a copy. Empty before the first one.
const fn copy_result(copied: Option<bool>) -> &'static str {
    match copied {
        None => "",
        Some(true) => "Copied. Whoever has it can call as you until it expires.",
        Some(false) => "Your browser did not let this page use the clipboard.",
    }
}

const fn title(is_expired: bool) -> &'static str {
    if is_expired { "The calling token has expired" } else { "The calling token is here" }
}

/// A value that is read each second.
fn ticking<T: PartialEq + Send + Sync + 'static>(read: impl Fn() -> T + 'static) -> ReadSignal<T> {
    let (value, set_value) = signal(read());
    let tick = move || {
        let new = read();
        if value.with_untracked(|old| *old != new) {
            set_value.set(new);
        }
    };
    let ticking = set_interval_with_handle(tick, Duration::from_secs(1));
    on_cleanup(move || {
        if let Ok(ticking) = ticking {
            ticking.clear();
        }
    });
    value
}
