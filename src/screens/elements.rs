//! The elements of the screens.
//!
//! All functions return one erased type, because each further type of view makes the wasm larger. For the same reason
//! an absent view is [`nothing`], which keeps the places of its neighbors when the screen changes.
//!
//! Every text is set as the element's `textContent` property, so that it can change after a browser has translated the
//! page ([`text`](crate::browser::text)). Markup from a text would need `innerHTML`, which Trusted Types forbid here.

use leptos::{ev, html, prelude::*};

use crate::browser::text::Text;

const TEXT: &str = "textContent";

macro_rules! elements_with_text {
    ($($name:ident)*) => { $(
        #[doc = concat!("A `", stringify!($name), "` element with a text.")]
        pub(crate) fn $name(class: &'static str, text: impl Into<Text>) -> AnyView {
            fn erased(class: &'static str, text: Text) -> AnyView {
                html::$name().class(optional(class)).prop(TEXT, text).into_any()
            }
            erased(class, text.into())
        }
    )* };
}

macro_rules! elements_with_children {
    ($($name:ident is $element:ident)*) => { $(
        #[doc = concat!("A `", stringify!($element), "` element with other elements.")]
        pub(crate) fn $name(class: &'static str, children: Vec<AnyView>) -> AnyView {
            html::$element().class(optional(class)).child(children).into_any()
        }
    )* };
}

elements_with_text! { code dd dt p pre span summary }

elements_with_children! {
    dd_of is dd
    details is details
    div is div
    dl is dl
    footer is footer
    li is li
    p_of is p
    ul is ul
}

/// No attribute for an empty text.
fn optional(value: &'static str) -> Option<&'static str> {
    Some(value).filter(|value| !value.is_empty())
}

/// No element.
pub(crate) fn nothing() -> AnyView {
    ().into_any()
}

/// The view, or no element.
pub(crate) fn maybe(view: Option<AnyView>) -> AnyView {
    view.unwrap_or_else(nothing)
}

/// Elements without one around them.
pub(crate) fn group(children: Vec<AnyView>) -> AnyView {
    children.into_any()
}

/// A literal text between elements.
pub(crate) fn literal(text: &'static str) -> AnyView {
    text.into_any()
}

/// A view that is made anew when a signal in it changes.
pub(crate) fn dynamic(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let view: Box<dyn Fn() -> AnyView + Send> = Box::new(view);
    view.into_any()
}

/// The heading of a screen, which receives the focus.
pub(crate) fn heading(text: impl Fn() -> String + Send + 'static) -> AnyView {
    html::h1().tabindex("-1").prop(TEXT, changing(text)).into_any()
}

/// A text that a screen reader announces when it changes.
pub(crate) fn status(class: &'static str, text: impl Fn() -> String + Send + 'static) -> AnyView {
    html::p().class(class).role("status").prop(TEXT, changing(text)).into_any()
}

/// A text that changes with the signals in it.
fn changing(text: impl Fn() -> String + Send + 'static) -> Box<dyn Fn() -> Text + Send> {
    Box::new(move || text().into())
}

/// A button.
pub(crate) fn button(class: &'static str, label: impl Into<Text>, on_click: impl Fn() + 'static) -> AnyView {
    fn erased(class: &'static str, label: Text, on_click: Box<dyn Fn()>) -> AnyView {
        html::button().class(class).r#type("button").on(ev::click, move |_| on_click()).prop(TEXT, label).into_any()
    }
    erased(class, label.into(), Box::new(on_click))
}

/// A link that opens a tab of its own, or replaces this page.
pub(crate) fn link(address: String, in_tab: bool, text: impl Into<Text>) -> AnyView {
    fn erased(address: String, in_tab: bool, text: Text) -> AnyView {
        let (target, rel) = (in_tab.then_some("_blank"), in_tab.then_some("noopener noreferrer"));
        html::a().href(address).target(target).rel(rel).prop(TEXT, text).into_any()
    }
    erased(address, in_tab, text.into())
}

/// A link in the form of a button, which replaces this page. The place that it leads to does not learn of this page.
pub(crate) fn link_button(class: &'static str, address: String, label: impl Into<Text>) -> AnyView {
    fn erased(class: &'static str, address: String, label: Text) -> AnyView {
        html::a().class(class).href(address).rel("noreferrer").prop(TEXT, label).into_any()
    }
    erased(class, address, label.into())
}

/// The logo above a heading.
pub(crate) fn logo(address: String, name: Option<String>) -> AnyView {
    html::img().class("logo").src(address).alt(name.unwrap_or_default()).into_any()
}

/// The first letters of a name. A screen reader reads the name itself.
pub(crate) fn initials(letters: impl Into<Text>) -> AnyView {
    fn erased(letters: Text) -> AnyView {
        html::span().class("initials").attr("aria-hidden", "true").prop(TEXT, letters).into_any()
    }
    erased(letters.into())
}

/// An entry of a `dl` whose value is code.
pub(crate) fn code_entry(name: impl Into<Text>, value: impl Into<Text>) -> AnyView {
    group(vec![dt("", name), dd_of("", vec![code("", value)])])
}
