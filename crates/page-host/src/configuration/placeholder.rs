use serde_json::Value;

use super::keys::host_of;

/// The hosts of examples (RFC 2606, RFC 6761).
const EXAMPLES: [&str; 7] =
    ["example.com", "example.net", "example.org", ".example", ".invalid", ".test", "contoso.com"];

/// The ids of the emulator and of examples, which no tenant has.
const IDS: [&str; 4] = [
    "acc00000-0000-4000-8000-",
    "e8c00000-0000-4000-8000-",
    "00000000-0000-0000-0000-000000000000",
    "11111111-2222-3333-4444-555555555555",
];

/// Calls `found` with the key and the text of each value that is left from an example.
pub(super) fn each(value: &Value, found: &mut impl FnMut(&str, &str)) {
    visit(value, "", found);
}

fn visit(value: &Value, key: &str, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "$schema" && !name.starts_with("x-")) {
                visit(member, &if key.is_empty() { name.clone() } else { format!("{key}.{name}") }, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                visit(item, &format!("{key}[{at}]"), found);
            }
        }
        Value::String(text) if is_placeholder(text) => found(key, text),
        _ => {}
    }
}

fn is_placeholder(text: &str) -> bool {
    let is_example = |host: &str| EXAMPLES.iter().any(|end| host == *end || host.ends_with(&dotted(end)));
    text.contains(['<', '>'])
        || host_of(text).or_else(|| Some(text.split_once('@')?.1)).is_some_and(is_example)
        || IDS.iter().any(|id| text.to_ascii_lowercase().contains(id))
}

fn dotted(end: &str) -> String {
    if end.starts_with('.') { end.to_owned() } else { format!(".{end}") }
}
