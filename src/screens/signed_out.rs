use leptos::prelude::*;
use messages::{Notice, Problem, SignInMethod};

use super::{administrator, problem_panel};
use crate::{app::UserAction, browser::text::text};

/// The last problem or notice, and a button for each sign-in method.
pub(crate) fn screen(
    problem: Option<Problem>,
    notice: Option<Notice>,
    methods: &[SignInMethod],
    on_action: UnsyncCallback<UserAction>,
) -> impl IntoView {
    let again = problem.is_some();
    let heading = if again { "You are not signed in" } else { "Sign in to make calls" };
    view! {
        <h1 tabindex="-1" prop:textContent=text(heading)></h1>
        {match (problem, notice) {
            (Some(problem), _) => problem_panel::panel(problem).into_any(),
            (None, Some(notice)) => view! {
                <p class="notice" role="status" prop:textContent=text(sentence(notice))></p>
            }.into_any(),
            (None, None) => view! { <p class="lead" prop:textContent=text(lead(methods))></p> }.into_any(),
        }}
        <div class="actions">{buttons(methods, again, on_action)}</div>
        {administrator::view(methods, on_action)}
    }
}

/// The text above the buttons, where there is neither a problem nor a notice.
fn lead(methods: &[SignInMethod]) -> &'static str {
    if !methods.is_empty() && methods.iter().all(|method| !method.leads_to_entra()) {
        "You don't need an account: you get a guest's identity for calls and chats, for development."
    } else {
        "Use your work account. Microsoft Entra asks for your password, this page never does; it receives a token for calls and chats."
    }
}

fn buttons(methods: &[SignInMethod], again: bool, on_action: UnsyncCallback<UserAction>) -> impl IntoView + use<> {
    let sign_in = move |profile, choose_account| on_action.run(UserAction::SignIn { profile, choose_account });
    let choices = methods.len() > 1;
    let button = |method: &SignInMethod, class| {
        let profile = method.profile.clone();
        let label = match (&method.label, again) {
            (Some(label), _) if choices => label.clone(),
            (_, _) if !method.leads_to_entra() => "Continue as a guest".to_owned(),
            (_, true) => "Sign in again".to_owned(),
            (_, false) => "Sign in with your work account".to_owned(),
        };
        view! {
            <button
                class=class
                type="button"
                on:click=move |_| sign_in(Some(profile.clone()), again)
                prop:textContent=text(label)
            ></button>
        }
    };
    let first = methods.iter().find(|method| method.picked).or(methods.first());
    let others: Vec<_> =
        methods.iter().filter(|method| Some(*method) != first).map(|method| button(method, "secondary")).collect();
    // If one method was picked, the others are folded, but still available.
    let others = match first.is_some_and(|method| method.picked) && choices {
        true => view! {
            <details>
                <summary>{"Other ways to sign in"}</summary>
                <div class="actions">{others}</div>
            </details>
        }
        .into_any(),
        false => others.into_any(),
    };
    view! {
        {first.map(|method| button(method, "primary"))}
        {others}
        {(!again && !choices && methods.iter().all(|method| method.leads_to_entra())).then(|| view! {
            <button class="quiet" type="button" on:click=move |_| sign_in(None, true)>{"Choose another account"}</button>
        })}
    }
}

/// The sentence of a notice.
pub(crate) const fn sentence(notice: Notice) -> &'static str {
    match notice {
        Notice::ConsentGranted => "Consent was granted. The people of your organization can sign in now.",
        Notice::ConsentRefused => "Consent was not granted. Nothing has changed.",
        Notice::ConsentUnknown => {
            "You came back from a page for administrators. If consent was granted there, people can sign in now."
        }
        Notice::SignedOutElsewhere => "You signed out in another tab, so you are signed out here, too.",
    }
}
