//! The text of an element, set as the element's `textContent` property (report REP-01).
//!
//! When a browser translates a page, it replaces the text nodes. Leptos would continue to change the nodes that it
//! made, which are no longer in the document. The elements stay, so the text is set on them.

use std::borrow::Cow;

use leptos::tachys::{html::property::IntoProperty, renderer::types::Element};

/// A text for `prop:textContent` of an element that has no other children.
#[derive(Clone)]
pub(crate) struct Text(Cow<'static, str>);

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl IntoProperty for Text {
    type State = (Element, Cow<'static, str>);
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element, key: &str) -> Self::State {
        self.build(element, key)
    }

    fn build(self, element: &Element, _key: &str) -> Self::State {
        element.set_text_content(Some(&self.0));
        (element.clone(), self.0)
    }

    /// Sets the text only if it changed. An unchanged text stays translated, and is not announced again.
    fn rebuild(self, (element, shown): &mut Self::State, _key: &str) {
        if *shown != self.0 {
            element.set_text_content(Some(&self.0));
            *shown = self.0;
        }
    }

    fn into_cloneable(self) -> Self {
        self
    }

    fn into_cloneable_owned(self) -> Self {
        self
    }
}
