use wasm_bindgen_futures::JsFuture;

/// Puts text on the clipboard; `false` if the browser does not let us.
pub(crate) async fn copy(text: &str) -> bool {
    JsFuture::from(super::window().navigator().clipboard().write_text(text)).await.is_ok()
}
