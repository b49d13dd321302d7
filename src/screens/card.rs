use leptos::prelude::*;

use crate::browser::text::text;

/// Something is under way, and there is nothing to do but wait.
pub(crate) fn waiting(heading: &'static str, lead: &'static str) -> impl IntoView {
    view! {
        <h1 tabindex="-1" prop:textContent=text(heading)></h1>
        <p class="lead working" prop:textContent=text(lead)></p>
    }
}
