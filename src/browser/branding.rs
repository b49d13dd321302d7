use messages::Color;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Sets the title of the document.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = super::window().document() {
        document.set_title(title);
    }
}

/// Sets the color of buttons and links, from which `style/main.css` makes the others. The policy allows no style
/// attribute in markup, but a script can set a property.
pub(crate) fn set_accent(color: Option<&Color>) {
    let root = super::window().document().and_then(|document| document.document_element());
    if let (Some(root), Some(color)) = (root, color) {
        // It fails only for a read-only style.
        let _set = root.unchecked_into::<HtmlElement>().style().set_property("--brand", color.as_str());
    }
}

/// The address of the logo, if the build has one.
pub(crate) fn logo() -> Option<String> {
    let link = super::window().document()?.query_selector("link[rel=logo]").ok().flatten()?;
    link.get_attribute("href")
}
