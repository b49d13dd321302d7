use leptos::prelude::*;
use messages::Problem;

use super::{
    elements::{button, div, group, heading},
    problem_panel,
};
use crate::app::UserAction;

/// The page cannot work until the problem is fixed.
pub(crate) fn screen(problem: Problem, on_action: UnsyncCallback<UserAction>) -> AnyView {
    group(vec![
        heading(|| "Signing in is not possible here"),
        problem_panel::panel(problem),
        div("actions", vec![button("secondary", "Reload the page", move || on_action.run(UserAction::StartOver))]),
    ])
}
