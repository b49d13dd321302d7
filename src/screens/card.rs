use leptos::prelude::*;

use super::elements::{button, div, group, heading, p};
use crate::{app::UserAction, texts::text};

/// Heading and text of a card on which the person waits.
pub(crate) fn waiting(title: String, lead: String) -> AnyView {
    group(vec![heading(move || title.clone()), p("lead working", lead)])
}

/// The sentence that names who receives the token.
pub(crate) fn recipient(sentence: String) -> AnyView {
    p("note recipient", sentence)
}

/// The button that ends a sign-in.
pub(crate) fn cancel(on_action: UnsyncCallback<UserAction>) -> AnyView {
    div("actions", vec![button("quiet", text("cancel"), move || on_action.run(UserAction::Cancel))])
}
