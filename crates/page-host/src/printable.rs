/// The text with each control character escaped. A checked host writes parts of what is printed, and a control sequence
/// of its own could change the output of a terminal, or forge a line of a CI log.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        // C0, DEL and C1, such as U+009B, which begins a control sequence like ESC [.
        if c.is_control() {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_control_characters_and_keeps_other_text() {
        assert_eq!(printable("a\u{1b}[2J\nb\u{9b}2J\u{7f}"), r"a\u{1b}[2J\nb\u{9b}2J\u{7f}");
        assert_eq!(printable(r#"default-src 'none'; "ü" \"#), r#"default-src 'none'; "ü" \"#);
    }
}
