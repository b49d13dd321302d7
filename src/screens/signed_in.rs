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
    browser::{focus_heading, is_framed, page_clock, text::Text},
    texts::{filled, text},
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
            let name = name.or_else(|| username.clone()).unwrap_or_else(|| text("signedIn.unnamed"));
            (name, username, Some((tenant_id, object_id)))
        }
        None => (text("signedIn.guest"), Some(text("signedIn.guestNote")), None),
    };
    group(vec![
        heading(move || text(title(is_expired()))),
        div("person", vec![p("name", name), p("username", username.unwrap_or_default())]),
        dl(
            "facts",
            vec![
                dt("", text("signedIn.timeLeft")),
                dynamic(move || dd(if is_expired() { "life over" } else { "life" }, duration(time_left.get()))),
                dt("", text("signedIn.validUntil")),
                valid_until(expires_at),
            ],
        ),
        maybe(renewal_problem.map(|problem| {
            let is_retryable = problem.code.is_retryable();
            group(vec![
                problem_panel::panel(problem),
                maybe(is_retryable.then(|| p("note", text("signedIn.retrying")))),
            ])
        })),
        div(
            "actions",
            vec![
                dynamic(move || {
                    if is_expired() || in_trouble {
                        button("primary", text("signedIn.signInAgain"), move || {
                            on_action.run(UserAction::SignIn { profile: None, choose_account: false });
                        })
                    } else if is_framed() {
                        // The configuration decides whether a portal receives the token, and a frame has no clipboard.
                        nothing()
                    } else {
                        copy_button(expires_at)
                    }
                }),
                button("secondary", text("signedIn.signOut"), move || on_action.run(UserAction::SignOut)),
            ],
        ),
        for_developers(details, communication_id),
    ])
}

fn valid_until(expires_at: u64) -> AnyView {
    html::dd().prop("textContent", Text::from(page_clock::local_time(expires_at))).into_any()
}

fn for_developers(ids: Option<(String, String)>, communication_id: Option<String>) -> AnyView {
    details(
        "",
        vec![
            summary("", text("developers.title")),
            dl(
                "",
                vec![
                    maybe(ids.map(|(tenant_id, object_id)| {
                        group(vec![
                            code_entry(text("developers.tenant"), tenant_id),
                            code_entry(text("developers.objectId"), object_id),
                        ])
                    })),
                    maybe(communication_id.map(|id| code_entry(text("developers.identity"), id))),
                ],
            ),
            p("", text("developers.note")),
        ],
    )
}

fn copy_button(expires_at: u64) -> AnyView {
    let copied = RwSignal::new(None);
    let copy = move || {
        spawn_local(async move { copied.set(Some(copy_token().await)) });
    };
    group(vec![
        button("primary", text("signedIn.copyToken"), copy),
        status("note", move || copied.get().map(|copied| copy_result(copied, expires_at)).unwrap_or_default()),
    ])
}

/// The text after a copy.
fn copy_result(is_copied: bool, expires_at: u64) -> String {
    if is_copied {
        filled("signedIn.copied", "time", &page_clock::local_time(expires_at))
    } else {
        text("signedIn.copyFailed")
    }
}

const fn title(is_expired: bool) -> &'static str {
    if is_expired { "signedIn.titleExpired" } else { "signedIn.title" }
}

fn duration(time_left: TimeLeft) -> String {
    match time_left {
        TimeLeft::Expired => text("signedIn.expired"),
        TimeLeft::Seconds(count) => page_clock::duration(count, "second"),
        TimeLeft::Minutes(count) => page_clock::duration(count, "minute"),
        TimeLeft::Hours(count) => page_clock::duration(count, "hour"),
    }
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
