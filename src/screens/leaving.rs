use leptos::prelude::*;

use super::{card, elements::group};
use crate::{app::UserAction, texts::text};

/// The browser navigates to Entra. A person who stops the navigation can cancel here.
pub(crate) fn screen(on_action: UnsyncCallback<UserAction>) -> AnyView {
    group(vec![card::waiting(text("leaving.title"), text("leaving.lead")), card::cancel(on_action)])
}
