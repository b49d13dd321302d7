//! The screens, one per file. A literal text is in braces: Leptos would build fully static markup through `innerHTML`,
//! which Trusted Types forbid here. Any other text is set by `prop:textContent=text(…)`, so that it can change after a
//! browser has translated the page ([`text`](crate::browser::text)).

pub(crate) mod administrator;
pub(crate) mod at_window;
pub(crate) mod card;
pub(crate) mod leaving;
pub(crate) mod problem_panel;
pub(crate) mod signed_in;
pub(crate) mod signed_out;
pub(crate) mod signing_in;
pub(crate) mod stopped;
