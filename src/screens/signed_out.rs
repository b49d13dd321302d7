use leptos::prelude::*;
use messages::Problem;

use super::problem;
use crate::app::Act;

/// The door.
pub(crate) fn screen(problem: Option<Problem>, act: UnsyncCallback<Act>) -> impl IntoView {
    let again = problem.is_some();
    let sign_in = move |choose_account| act.run(Act::SignIn { choose_account });
    view! {
        <h1 tabindex="-1">{if again { "You are not signed in" } else { "Sign in to make calls" }}</h1>
        {match problem {
            Some(problem) => problem::panel(problem).into_any(),
            None => view! {
                <p class="lead">
                    {"Use your work account. Microsoft Entra asks for your password, this page never does; it receives a token for calls and chats."}
                </p>
            }.into_any(),
        }}
        <div class="actions">
            <button class="primary" type="button" on:click=move |_| sign_in(again)>
                {if again { "Sign in again" } else { "Sign in with your work account" }}
            </button>
            {(!again).then(|| view! {
                <button class="quiet" type="button" on:click=move |_| sign_in(true)>{"Choose another account"}</button>
            })}
        </div>
    }
}
