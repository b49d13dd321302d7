use leptos::prelude::*;

use super::card;
use crate::app::UserAction;

/// The browser is on its way to Entra. Whoever stopped it there must not be left without a button.
pub(crate) fn screen(on_action: UnsyncCallback<UserAction>) -> impl IntoView {
    view! {
        {card::waiting("Off to Microsoft Entra", "You sign in there, and come back here.")}
        <div class="actions">
            <button class="quiet" type="button" on:click=move |_| on_action.run(UserAction::Cancel)>{"Cancel"}</button>
        </div>
    }
}
