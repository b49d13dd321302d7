//! JSON, with one function that reads and one that writes: each further variant makes the wasm larger.

use serde::{Deserialize, Serialize};

/// Reads JSON. It converts the text to bytes, so that it shares the code of `jwt-compact`, which reads bytes.
///
/// # Errors
/// If the text is not JSON, or not of this type.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    serde_json::from_slice(text.as_bytes())
}

/// Writes a value of texts, numbers and lists of them.
pub fn write<T: Serialize>(value: &T) -> String {
    // `expect` would add error texts to the wasm that can never be shown.
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts and numbers serialize"))
}
