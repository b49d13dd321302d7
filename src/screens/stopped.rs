use leptos::prelude::*;
use messages::Problem;

use super::{
    elements::{button, div, group, heading},
    problem_panel,
};
use crate::{app::UserAction, texts::text};

/// The page cannot work until the problem is fixed.
pub(crate) fn screen(problem: Problem, on_action: UnsyncCallback<UserAction>) -> AnyView {
    group(vec![
        heading(|| text("stopped.title")),
        problem_panel::panel(problem),
        div("actions", vec![button("secondary", text("stopped.reload"), move || on_action.run(UserAction::StartOver))]),
    ])
}
