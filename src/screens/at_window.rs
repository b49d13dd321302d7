use leptos::prelude::*;

use super::card;
use crate::app::UserAction;

/// The person signs in, in the window that the page opened. The page cannot detect that the window was closed, so the
/// person can cancel.
pub(crate) fn screen(on_action: UnsyncCallback<UserAction>) -> impl IntoView {
    view! {
        {card::waiting("Continue in the other window", "You sign in there at Microsoft Entra. This page goes on by itself.")}
        <p class="note">{"No window there, or closed by mistake? Cancel, and begin again."}</p>
        <div class="actions">
            <button class="quiet" type="button" on:click=move |_| on_action.run(UserAction::Cancel)>{"Cancel"}</button>
        </div>
    }
}
