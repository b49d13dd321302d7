use leptos::prelude::*;

use crate::browser::text::text;

/// Heading and text of a card on which the person waits.
pub(crate) fn waiting(heading: &'static str, lead: &'static str) -> impl IntoView {
    view! {
        <h1 tabindex="-1" prop:textContent=text(heading)></h1>
        <p class="lead working" prop:textContent=text(lead)></p>
    }
}
