use leptos::prelude::*;

use super::card;
use crate::app::UserAction;

/// The browser navigates to Entra. A person who stops the navigation can cancel here.
pub(crate) fn screen(on_action: UnsyncCallback<UserAction>) -> impl IntoView {
    view! {
        {card::waiting("Off to Microsoft Entra", "You sign in there, and come back here.")}
        <div class="actions">
            <button class="quiet" type="button" on:click=move |_| on_action.run(UserAction::Cancel)>{"Cancel"}</button>
        </div>
    }
}
