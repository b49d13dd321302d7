use leptos::prelude::*;
use messages::Problem;

use super::problem_panel;
use crate::app::UserAction;

/// The page cannot work until the problem is fixed.
pub(crate) fn screen(problem: Problem, on_action: UnsyncCallback<UserAction>) -> impl IntoView {
    view! {
        <h1 tabindex="-1">{"Signing in is not possible here"}</h1>
        {problem_panel::panel(problem)}
        <div class="actions">
            <button class="secondary" type="button" on:click=move |_| on_action.run(UserAction::StartOver)>{"Reload the page"}</button>
        </div>
    }
}
