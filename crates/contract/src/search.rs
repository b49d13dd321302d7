//! Searches for a text in a text. The standard library's search contains a panic that prints characters, with tables of
//! Unicode, which make the wasm 5 KB larger.

/// The text before and after the first occurrence of `part`.
pub fn split_once<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(part.len()).position(|window| window == part.as_bytes())?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// The text before the first occurrence of `part`, or the whole text.
pub fn before<'a>(text: &'a str, part: &str) -> &'a str {
    split_once(text, part).map_or(text, |(before, _)| before)
}

/// Whether `part` occurs in the text.
pub fn contains(text: &str, part: &str) -> bool {
    split_once(text, part).is_some()
}

/// The text with `new` in place of each occurrence of `part`.
pub fn replace(text: &str, part: &str, new: &str) -> String {
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some((before, after)) = split_once(rest, part) {
        replaced.push_str(before);
        replaced.push_str(new);
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_same_as_the_standard_library() {
        for text in ["", "a", "ab", "abab", "aab", "äab", "abä", "a://b://c", "{a}{a}", "aaaa"] {
            for part in ["a", "ab", "ä", "://", "{a}", "aa", "longer than any"] {
                assert_eq!(split_once(text, part), text.split_once(part), "{text} {part}");
                assert_eq!(before(text, part), text.split(part).next().unwrap(), "{text} {part}");
                assert_eq!(contains(text, part), text.contains(part), "{text} {part}");
                assert_eq!(replace(text, part, "ö"), text.replace(part, "ö"), "{text} {part}");
            }
        }
    }
}
