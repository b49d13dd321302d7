use wasm_bindgen_futures::JsFuture;

/// Copies text to the clipboard. Returns `false` if the browser does not allow it.
pub(crate) async fn copy(text: &str) -> bool {
    JsFuture::from(super::window().navigator().clipboard().write_text(text)).await.is_ok()
}
