use leptos::prelude::*;
use messages::{Notice, Problem, SignInMethod, Site};

use super::{
    administrator, card,
    elements::{button, details, div, group, heading, maybe, p, status, summary},
    problem_panel,
};
use crate::{
    app::UserAction,
    texts::{filled, text},
};

/// The last problem or notice, and a button for each sign-in method.
pub(crate) fn screen(
    site: &Site,
    problem: Option<Problem>,
    notice: Option<Notice>,
    recipient: Option<String>,
    on_action: UnsyncCallback<UserAction>,
) -> AnyView {
    let again = problem.is_some();
    let title = if again { text("signedOut.titleAfterProblem") } else { title(site) };
    let methods = &site.sign_in_methods;
    group(vec![
        heading(move || title.clone()),
        match (problem, notice) {
            (Some(problem), _) => problem_panel::panel(problem),
            (None, Some(notice)) => status("notice", move || sentence(notice)),
            (None, None) => p("lead", text(lead(methods))),
        },
        maybe(recipient.map(card::recipient)),
        div("actions", buttons(methods, again, on_action)),
        administrator::view(methods, on_action),
    ])
}

/// The heading without a problem.
pub(crate) fn title(site: &Site) -> String {
    match &site.branding.name {
        Some(name) => filled("signedOut.titleNamed", "name", name),
        None => text("signedOut.title"),
    }
}

/// The text above the buttons, where there is neither a problem nor a notice.
fn lead(methods: &[SignInMethod]) -> &'static str {
    if !methods.is_empty() && methods.iter().all(|method| !method.leads_to_entra()) {
        "signedOut.leadGuest"
    } else {
        "signedOut.lead"
    }
}

fn buttons(methods: &[SignInMethod], again: bool, on_action: UnsyncCallback<UserAction>) -> Vec<AnyView> {
    let choices = methods.len() > 1;
    let sign_in = |class, method: &SignInMethod| {
        let is_microsofts = method.leads_to_entra() && !again && !(choices && method.label.is_some());
        let class = if is_microsofts && class == "primary" { "primary microsoft" } else { class };
        let label = match (&method.label, again) {
            (Some(label), true) if choices => filled("signedOut.tryAgainWith", "method", label),
            (Some(label), false) if choices => label.clone(),
            (_, _) if !method.leads_to_entra() => text("signedOut.continueAsGuest"),
            (_, true) => text("signedOut.signInAgain"),
            (_, false) => text("signedOut.signIn"),
        };
        let profile = Some(method.profile.clone());
        button(class, label, move || {
            on_action.run(UserAction::SignIn { profile: profile.clone(), choose_account: again });
        })
    };
    let first = methods.iter().find(|method| method.picked).or(methods.first());
    let others = methods.iter().filter(|method| Some(*method) != first).map(|method| sign_in("secondary", method));
    let others: Vec<_> = others.collect();
    // If one method was picked, the others are folded, but still available.
    let others = match first.is_some_and(|method| method.picked) && choices {
        true => details("", vec![summary("", text("signedOut.otherMethods")), div("actions", others)]),
        false => group(others),
    };
    let can_choose_account = !again && !choices && methods.iter().all(SignInMethod::leads_to_entra);
    vec![
        maybe(first.map(|method| sign_in("primary", method))),
        others,
        maybe(can_choose_account.then(|| {
            button("quiet", text("signedOut.otherAccount"), move || {
                on_action.run(UserAction::SignIn { profile: None, choose_account: true });
            })
        })),
    ]
}

/// The sentence of a notice.
pub(crate) fn sentence(notice: Notice) -> String {
    text(match notice {
        Notice::ClickAgain => "notice.clickAgain",
        Notice::ConsentGranted => "notice.consentGranted",
        Notice::ConsentRefused => "notice.consentRefused",
        Notice::ConsentUnknown => "notice.consentUnknown",
        Notice::SignedOutElsewhere => "notice.signedOutElsewhere",
    })
}
