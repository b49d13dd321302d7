use leptos::prelude::*;
use messages::{Notice, Problem, SignInMethod};

use super::{
    administrator,
    elements::{button, details, div, group, heading, maybe, p, status, summary},
    problem_panel,
};
use crate::app::UserAction;

/// The last problem or notice, and a button for each sign-in method.
pub(crate) fn screen(
    problem: Option<Problem>,
    notice: Option<Notice>,
    methods: &[SignInMethod],
    on_action: UnsyncCallback<UserAction>,
) -> AnyView {
    let again = problem.is_some();
    let title = if again { "You are not signed in" } else { "Sign in to make calls" };
    group(vec![
        heading(move || title),
        match (problem, notice) {
            (Some(problem), _) => problem_panel::panel(problem),
            (None, Some(notice)) => status("notice", move || sentence(notice)),
            (None, None) => p("lead", lead(methods)),
        },
        div("actions", buttons(methods, again, on_action)),
        administrator::view(methods, on_action),
    ])
}

/// The text above the buttons, where there is neither a problem nor a notice.
fn lead(methods: &[SignInMethod]) -> &'static str {
    if !methods.is_empty() && methods.iter().all(|method| !method.leads_to_entra()) {
        "You don't need an account: you get a guest's identity for calls and chats, for development."
    } else {
        "Use your work account. Microsoft Entra asks for your password, this page never does; it receives a token for calls and chats."
    }
}

fn buttons(methods: &[SignInMethod], again: bool, on_action: UnsyncCallback<UserAction>) -> Vec<AnyView> {
    let choices = methods.len() > 1;
    let sign_in = |class, method: &SignInMethod| {
        let label = match (&method.label, again) {
            (Some(label), _) if choices => label.clone(),
            (_, _) if !method.leads_to_entra() => "Continue as a guest".to_owned(),
            (_, true) => "Sign in again".to_owned(),
            (_, false) => "Sign in with your work account".to_owned(),
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
        true => details("", vec![summary("", "Other ways to sign in"), div("actions", others)]),
        false => group(others),
    };
    let can_choose_account = !again && !choices && methods.iter().all(SignInMethod::leads_to_entra);
    vec![
        maybe(first.map(|method| sign_in("primary", method))),
        others,
        maybe(can_choose_account.then(|| {
            button("quiet", "Choose another account", move || {
                on_action.run(UserAction::SignIn { profile: None, choose_account: true });
            })
        })),
    ]
}

/// The sentence of a notice.
pub(crate) const fn sentence(notice: Notice) -> &'static str {
    match notice {
        Notice::ClickAgain => "Almost there. Click once more to sign in.",
        Notice::ConsentGranted => "Consent was granted. The people of your organization can sign in now.",
        Notice::ConsentRefused => "Consent was not granted. Nothing has changed.",
        Notice::ConsentUnknown => {
            "You came back from a page for administrators. If consent was granted there, people can sign in now."
        }
        Notice::SignedOutElsewhere => "You signed out in another tab, so you are signed out here, too.",
    }
}
