//! GUIDs as Microsoft writes them.

use uuid::Uuid;

/// The length of a GUID in five groups. `uuid` also reads braces, a URN and 32 digits in one group.
const HYPHENATED: usize = 36;

/// Whether this is a GUID: five groups of hexadecimal digits, joined by hyphens.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == HYPHENATED && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_guid;

    #[test]
    fn accepts_five_hyphenated_groups_of_hexadecimal_digits_only() {
        assert!(is_guid("a11ce000-0000-4000-8000-000000000001"));
        assert!(is_guid("A11CE000-0000-4000-8000-00000000000F"));
        for text in [
            "",
            "common",
            "00000000-0000-0000-0000-00000000000g",
            "00000000-0000-0000-0000-0000000000000",
            "{00000000-0000-0000-0000-000000000000}",
            "urn:uuid:00000000-0000-0000-0000-000000000000",
            "00000000000000000000000000000000",
            "0000000000000000-0000-0000-0000-00000",
        ] {
            assert!(!is_guid(text), "{text}");
        }
    }
}
