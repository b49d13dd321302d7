use leptos::prelude::*;
use messages::{Door, Notice, Problem};

use super::{administrator, problem};
use crate::{app::Act, browser::text::text};

/// The door, or the doors.
pub(crate) fn screen(
    problem: Option<Problem>,
    notice: Option<Notice>,
    doors: &[Door],
    act: UnsyncCallback<Act>,
) -> impl IntoView {
    let again = problem.is_some();
    let heading = if again { "You are not signed in" } else { "Sign in to make calls" };
    view! {
        <h1 tabindex="-1" prop:textContent=text(heading)></h1>
        {match (problem, notice) {
            (Some(problem), _) => problem::panel(problem).into_any(),
            (None, Some(notice)) => view! {
                <p class="notice" role="status" prop:textContent=text(sentence(notice))></p>
            }.into_any(),
            (None, None) => view! { <p class="lead" prop:textContent=text(lead(doors))></p> }.into_any(),
        }}
        <div class="actions">{buttons(doors, again, act)}</div>
        {administrator::view(doors, act)}
    }
}

/// What signing in takes, for a page that has nothing else to say.
fn lead(doors: &[Door]) -> &'static str {
    if !doors.is_empty() && doors.iter().all(|door| !door.leads_to_entra()) {
        "You don't need an account: you get a guest's identity for calls and chats, for development."
    } else {
        "Use your work account. Microsoft Entra asks for your password, this page never does; it receives a token for calls and chats."
    }
}

fn buttons(doors: &[Door], again: bool, act: UnsyncCallback<Act>) -> impl IntoView + use<> {
    let sign_in = move |profile, choose_account| act.run(Act::SignIn { profile, choose_account });
    let choices = doors.len() > 1;
    let button = |door: &Door, class| {
        let profile = door.profile.clone();
        let label = match (&door.label, again) {
            (Some(label), _) if choices => label.clone(),
            (_, _) if !door.leads_to_entra() => "Continue as a guest".to_owned(),
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
    let first = doors.iter().find(|door| door.picked).or(doors.first());
    let others: Vec<_> =
        doors.iter().filter(|door| Some(*door) != first).map(|door| button(door, "secondary")).collect();
    // What was picked for somebody takes no choice from them.
    let others = match first.is_some_and(|door| door.picked) && choices {
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
        {first.map(|door| button(door, "primary"))}
        {others}
        {(!again && !choices && doors.iter().all(|door| door.leads_to_entra())).then(|| view! {
            <button class="quiet" type="button" on:click=move |_| sign_in(None, true)>{"Choose another account"}</button>
        })}
    }
}

/// A notice, as the person reads it.
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
