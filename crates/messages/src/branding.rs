use serde::Serialize;

use crate::json::{Json, Object};

/// Whose page it is. All of it is optional, and nothing of it depends on the address, a portal or the person.
///
/// ```json
/// {"name":"Contoso Calling","accent":"#0f6cbd","supportUrl":null,"supportEmail":"help@contoso.com","privacyUrl":null,"termsUrl":null}
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    /// The name that people know the page by.
    pub name: Option<String>,
    /// The color of buttons and links.
    pub accent: Option<Color>,
    /// Where people find help.
    pub support_url: Option<String>,
    /// The address that people write to for help.
    pub support_email: Option<String>,
    /// The privacy statement.
    pub privacy_url: Option<String>,
    /// The terms of use.
    pub terms_url: Option<String>,
}

impl Branding {
    pub(crate) fn from_json(branding: Json) -> Option<Self> {
        let mut members = branding.into_object();
        let accent = members.optional_text("accent");
        let branding = Self {
            name: members.optional_text("name"),
            accent: accent.and_then(|text| members.require(Color::parse(text))),
            support_url: link(&mut members, "supportUrl"),
            support_email: members.optional_text("supportEmail"),
            privacy_url: link(&mut members, "privacyUrl"),
            terms_url: link(&mut members, "termsUrl"),
        };
        members.finish().ok().map(|()| branding)
    }
}

/// Takes an address that a link may have, or `null`. A link to `javascript:` would run its text as script of the page.
pub(crate) fn link(members: &mut Object, name: &str) -> Option<String> {
    let address = members.optional_text(name)?;
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    members.require(Some(address).filter(|_| is_web))
}

/// A color such as `#0f6cbd`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Color(String);

impl Color {
    /// Reads `#` and six hexadecimal digits, and nothing else: the text becomes a part of the page's style.
    pub fn parse(text: String) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        (digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(Self(text))
    }

    /// The color, in the form that a style has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Red, green and blue.
    pub fn channels(&self) -> [u8; 3] {
        let value = self.0.get(1..).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
        let [_, red, green, blue] = value.to_be_bytes();
        [red, green, blue]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn read(text: &str) -> Option<Branding> {
        Branding::from_json(json::read(text.as_bytes()).unwrap_or(Json::Null))
    }

    #[test]
    fn a_branding_is_read_as_it_was_written() {
        let text = |text: &str| Some(text.to_owned());
        let branding = Branding {
            name: text("Contoso"),
            accent: Color::parse("#0F6cbd".to_owned()),
            support_url: text("https://help.example/"),
            support_email: text("help@contoso.com"),
            privacy_url: text("https://www.example/privacy"),
            terms_url: text("http://localhost:8090/terms"),
        };
        assert_eq!(branding.accent.as_ref().map(Color::channels), Some([0x0f, 0x6c, 0xbd]));
        for branding in [branding, Branding::default()] {
            assert_eq!(read(&json::write(&branding)), Some(branding));
        }
    }

    #[test]
    fn refuses_links_that_are_not_of_the_web_and_colors_with_more_than_a_color() {
        // SEC-014
        for key in ["supportUrl", "privacyUrl", "termsUrl"] {
            for address in ["javascript:alert(1)", "data:,", "//evil.example/", "HTTPS://a.example/", ""] {
                assert_eq!(read(&format!(r#"{{"{key}":"{address}"}}"#)), None, "{key} {address}");
            }
        }
        for color in ["", "#", "#fff", "#0f6cbd;x", "0f6cbd", "#0f6cbg", "#+f6cbd", "url(x)", "#éabc"] {
            assert_eq!(read(&format!(r#"{{"accent":"{color}"}}"#)), None, "{color}");
        }
        assert_eq!(read("[]"), None);
        assert_eq!(read(r#"{"name":1}"#), None);
    }
}
