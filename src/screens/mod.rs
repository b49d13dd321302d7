//! The screens, one per file, made of the elements in `elements.rs`.

pub(crate) mod administrator;
pub(crate) mod at_window;
pub(crate) mod card;
pub(crate) mod elements;
pub(crate) mod footer;
pub(crate) mod leaving;
pub(crate) mod problem_panel;
pub(crate) mod signed_in;
pub(crate) mod signed_out;
pub(crate) mod signing_in;
pub(crate) mod stopped;
