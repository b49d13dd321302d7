use leptos::prelude::*;

/// Something is under way, and there is nothing to do but wait.
pub(crate) fn waiting(heading: &'static str, lead: &'static str) -> impl IntoView {
    view! {
        <h1 tabindex="-1">{heading}</h1>
        <p class="lead working">{lead}</p>
    }
}
