//! RFC 7519 section 4.1.3: a text, or a list of texts. Compared to the letter.

use serde_json::Value;

pub(super) fn names(audience: Option<&Value>, ours: impl Fn(&str) -> bool) -> bool {
    match audience {
        Some(Value::String(one)) => ours(one),
        Some(Value::Array(many)) => {
            many.iter().all(Value::is_string) && many.iter().filter_map(Value::as_str).any(ours)
        }
        _ => false,
    }
}
