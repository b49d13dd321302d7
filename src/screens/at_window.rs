use leptos::prelude::*;

use super::{
    card,
    elements::{group, maybe, p},
};
use crate::{app::UserAction, texts::text};

/// The person signs in, in the window that the page opened. The page cannot detect that the window was closed, so the
/// person can cancel.
pub(crate) fn screen(recipient: Option<String>, on_action: UnsyncCallback<UserAction>) -> AnyView {
    group(vec![
        card::waiting(text("atWindow.title"), text("atWindow.lead")),
        p("note", text("atWindow.note")),
        card::cancel(on_action),
        maybe(recipient.map(card::recipient)),
    ])
}
