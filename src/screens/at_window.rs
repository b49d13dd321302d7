use leptos::prelude::*;

use super::{
    card,
    elements::{group, p},
};
use crate::app::UserAction;

/// The person signs in, in the window that the page opened. The page cannot detect that the window was closed, so the
/// person can cancel.
pub(crate) fn screen(on_action: UnsyncCallback<UserAction>) -> AnyView {
    group(vec![
        card::waiting(
            "Continue in the other window",
            "You sign in there at Microsoft Entra. This page goes on by itself.",
        ),
        p("note", "No window there, or closed by mistake? Cancel, and begin again."),
        card::cancel(on_action),
    ])
}
