use leptos::prelude::*;

use super::{card, elements::group};
use crate::app::UserAction;

/// The browser navigates to Entra. A person who stops the navigation can cancel here.
pub(crate) fn screen(on_action: UnsyncCallback<UserAction>) -> AnyView {
    group(vec![
        card::waiting("Off to Microsoft Entra", "You sign in there, and come back here."),
        card::cancel(on_action),
    ])
}
