use leptos::prelude::*;
use messages::Step;

use crate::{app::UserAction, browser::text::text};

/// The sentence of a step.
pub(crate) const fn sentence(step: Step) -> &'static str {
    match step {
        Step::Redeeming => "Collecting your sign-in from Entra",
        Step::Checking => "Checking that the answer is genuine",
        Step::Authorizing => "Getting permission to use the exchange service",
        Step::Exchanging => "Exchanging your sign-in for a calling token",
    }
}

/// The steps of the sign-in: done, in progress, or to do.
pub(crate) fn screen(current: Step, steps: &[Step], on_action: UnsyncCallback<UserAction>) -> impl IntoView {
    let steps: Vec<_> = steps
        .iter()
        .map(|&step| {
            let (class, state) = match step {
                done if done < current => ("done", "done"),
                now if now == current => ("now", "under way"),
                _ => ("later", "to do"),
            };
            view! {
                <li class=class>
                    <span prop:textContent=text(sentence(step))></span>
                    <span class="visually-hidden" prop:textContent=text(format!(" ({state})"))></span>
                </li>
            }
        })
        .collect();
    view! {
        <h1 tabindex="-1">{"Signing you in"}</h1>
        <ol class="steps" role="list">
            <li class="done">{"Signed in at Microsoft Entra"}<span class="visually-hidden">{" (done)"}</span></li>
            {steps}
        </ol>
        <div class="actions">
            <button class="quiet" type="button" on:click=move |_| on_action.run(UserAction::Cancel)>{"Cancel"}</button>
        </div>
    }
}
