//! One screen a file. A literal text stands in braces: what is fully static, Leptos would build through `innerHTML`, which
//! Trusted Types forbid here. Any other text is set by `prop:textContent=text(…)`, so that it can be changed after a browser has
//! translated the page ([`text`](crate::browser::text)).

pub(crate) mod administrator;
pub(crate) mod at_window;
pub(crate) mod card;
pub(crate) mod leaving;
pub(crate) mod problem_panel;
pub(crate) mod signed_in;
pub(crate) mod signed_out;
pub(crate) mod signing_in;
pub(crate) mod stopped;
