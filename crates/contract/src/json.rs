//! JSON, with one function to read and one to write: each further variant makes the wasm larger.

use serde::{Deserialize, Serialize};

/// Reads JSON. From bytes, because `jwt-compact` reads bytes, too, and so shares this code.
///
/// # Errors
/// If the text is not JSON, or not of this type.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    serde_json::from_slice(text.as_bytes())
}

/// Writes a value of texts, numbers and lists of them.
pub fn write<T: Serialize>(value: &T) -> String {
    // `expect` would put the texts of impossible errors into the wasm.
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts and numbers serialize"))
}
