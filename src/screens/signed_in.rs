use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use messages::{Account, Problem, Site};

use super::{
    card,
    elements::{
        button, code_entry, dd, details, div, dl, dt, dynamic, group, heading, initials, link_button, maybe, nothing,
        p, status, summary,
    },
    problem_panel,
};
use crate::{
    app::{UserAction, copy_token},
    browser::{focus_heading, is_framed, page_clock, text::Text},
    embedded::host_of,
    texts::{filled, text},
    view::{self, TimeLeft},
};

/// When the token expires, and why it cannot be renewed.
pub(crate) struct TokenState {
    pub(crate) expires_at: u64,
    pub(crate) renewal_problem: Option<Problem>,
}

/// The account, and where the person continues. In a frame without problems it is one line.
pub(crate) fn screen(
    site: &Site,
    account: Option<Account>,
    communication_id: Option<String>,
    TokenState { expires_at, renewal_problem }: TokenState,
    recipient: Option<String>,
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
    let is_usable = move || !in_trouble && !is_expired();
    let framed = is_framed();
    let (name, username, ids) = match account {
        Some(Account { name, username, tenant_id, object_id }) => {
            let name = name.or_else(|| username.clone()).unwrap_or_else(|| text("signedIn.unnamed"));
            (name, username, Some((tenant_id, object_id)))
        }
        None => (text("signedIn.guest"), Some(text("signedIn.guestNote")), None),
    };
    let places = if framed { Vec::new() } else { places(site) };
    let content = vec![
        heading(move || text(title(is_expired()))),
        div(
            "person",
            vec![
                initials(view::initials(&name)),
                div("", vec![p("name", name), p("username", username.unwrap_or_default())]),
            ],
        ),
        dynamic(move || if is_usable() && !framed { p("lead", text("signedIn.ready")) } else { nothing() }),
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
                    if is_usable() {
                        continue_links(&places)
                    } else {
                        button("primary", text("signedIn.signInAgain"), move || {
                            on_action.run(UserAction::SignIn { profile: None, choose_account: false });
                        })
                    }
                }),
                button("secondary", text("signedIn.signOut"), move || on_action.run(UserAction::SignOut)),
            ],
        ),
    ];
    let tools = site.developer_tools.then(|| developer_tools(expires_at, time_left, is_usable));
    group(vec![
        html::div().class(move || if framed && is_usable() { "compact" } else { "" }).child(content).into_any(),
        maybe(recipient.map(card::recipient)),
        // A portal's people see what the portal shows them.
        if framed && tools.is_none() { nothing() } else { for_developers(ids, communication_id, tools) },
    ])
}

/// Where the person can continue: the addresses of the configuration, and the label of each. They are used as they are,
/// so that nothing of the sign-in gets into them.
fn places(site: &Site) -> Vec<(String, String)> {
    let main = site.continue_url.iter().map(|url| (url.clone(), text("signedIn.continue")));
    let portals = site.portals.iter().filter_map(|portal| {
        let name = portal.name.as_deref().unwrap_or_else(|| host_of(&portal.origin));
        Some((portal.url.clone()?, filled("signedIn.continueTo", "portal", name)))
    });
    main.chain(portals).collect()
}

fn continue_links(places: &[(String, String)]) -> AnyView {
    let links = places.iter().enumerate().map(|(index, (address, label))| {
        let class = if index == 0 { "button primary" } else { "button secondary" };
        link_button(class, address.clone(), label.clone())
    });
    group(links.collect())
}

fn for_developers(ids: Option<(String, String)>, communication_id: Option<String>, tools: Option<AnyView>) -> AnyView {
    details(
        "developers",
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
            maybe(tools),
            p("", text("developers.note")),
        ],
    )
}

/// How long the token is valid, and a button that copies it, below a warning: people are talked into passing it on.
fn developer_tools(
    expires_at: u64,
    time_left: ReadSignal<TimeLeft>,
    is_usable: impl Fn() -> bool + Copy + Send + 'static,
) -> AnyView {
    let class = move || if time_left.get() == TimeLeft::Expired { "life over" } else { "life" };
    group(vec![
        dl(
            "facts",
            vec![
                dt("", text("signedIn.timeLeft")),
                dynamic(move || dd(class(), duration(time_left.get()))),
                dt("", text("signedIn.validUntil")),
                valid_until(expires_at),
            ],
        ),
        // A frame has no clipboard.
        dynamic(move || if is_usable() && !is_framed() { copy_button(expires_at) } else { nothing() }),
    ])
}

fn valid_until(expires_at: u64) -> AnyView {
    html::dd().prop("textContent", Text::from(page_clock::local_time(expires_at))).into_any()
}

fn copy_button(expires_at: u64) -> AnyView {
    let copied = RwSignal::new(None);
    let copy = move || {
        // A screen reader announces the same text again only if another one was there in between.
        copied.set(None);
        spawn_local(async move { copied.set(Some(copy_token().await)) });
    };
    group(vec![
        p("warning", text("developers.copyWarning")),
        div("actions", vec![button("secondary", text("signedIn.copyToken"), copy)]),
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
