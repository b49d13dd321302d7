/// A language, and where it is spoken: `de`, `de-AT`, `zh-Hant-TW`. Whatever it says, every browser's `Intl` takes it; one that
/// it does not know is the browser's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(String);

impl Locale {
    /// The language, script and region of a tag (RFC 5646 §2.1). Variants and extensions are left out; what does not begin with
    /// a language is none.
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

    /// As `lang` and `Intl` take it.
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
