/// A language tag that every browser's `Intl` accepts: `de`, `de-AT`, `zh-Hant-TW`. For a language that the browser
/// does not support, `Intl` uses the browser's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(String);

impl Locale {
    /// Reads the language, script and region of a tag (RFC 5646 section 2.1), and leaves out variants and extensions.
    /// `None` for a text that does not begin with a language of two or three letters.
    pub fn of(tag: &str) -> Option<Self> {
        let letters = |part: &str, lengths: &[usize]| {
            lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
        };
        let digits = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = tag.split('-').peekable();
        let language = parts.next().filter(|part| letters(part, &[2, 3]))?;
        let script = parts.next_if(|part| letters(part, &[4]));
        let region = parts.next_if(|part| letters(part, &[2]) || digits(part));
        Some(Self([Some(language), script, region].into_iter().flatten().collect::<Vec<_>>().join("-")))
    }

    /// The tag, for the attribute `lang` and for `Intl`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_a_language_with_its_script_and_region() {
        for (tag, locale) in [
            ("de", Some("de")),
            ("de-AT", Some("de-AT")),
            ("zh-Hant-TW", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("de-CH-1996", Some("de-CH")),
            ("en-US-u-ca-buddhist", Some("en-US")),
            ("", None),
            ("de_AT", None),
            ("e", None),
            ("i-klingon", None),
            ("german", None),
            ("-de", None),
            ("../de", None),
            ("d\u{e9}", None),
            ("\u{202e}de", None),
        ] {
            assert_eq!(Locale::of(tag).as_ref().map(Locale::as_str), locale, "{tag}");
        }
    }
}
