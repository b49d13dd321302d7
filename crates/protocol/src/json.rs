//! JSON, read and written in one way each: browsers download every other.

use serde::{Deserialize, Serialize};

/// Reads a text as its bytes, since `jwt-compact` reads bytes, too.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    serde_json::from_slice(text.as_bytes())
}

/// Writes what consists of texts, numbers and lists of them.
pub fn write<T: Serialize>(value: &T) -> String {
    // `expect` would bring the words for errors that cannot come.
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts and numbers serialise"))
}
