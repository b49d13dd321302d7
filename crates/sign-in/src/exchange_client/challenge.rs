//! A claims challenge of a backend: `WWW-Authenticate` (RFC 9110 §11.6.1) of the scheme Bearer (RFC 6750 §3), with
//! Entra's
//! `insufficient_claims`.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use messages::json::{self, Json};

use crate::{entra_error::MAX_CLAIMS, http::Response};

/// The claims that the next sign-in must request to satisfy the backend: a JSON object, unchanged.
///
/// Services write it in base64 or base64url, with padding and without, as a quoted string or as a token (REP-11).
pub fn claims(response: &Response) -> Option<String> {
    let challenges = challenges(response.challenge.as_deref()?)?;
    let mut wanted = challenges.iter().filter(|challenge| {
        challenge.scheme.eq_ignore_ascii_case("Bearer") && challenge.parameter("error") == Some("insufficient_claims")
    });
    let encoded = wanted.find_map(|challenge| challenge.parameter("claims"))?;
    let is_url_safe = encoded.contains(['-', '_']);
    let alphabet = if is_url_safe { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let claims = GeneralPurpose::new(alphabet, padding).decode(encoded).ok()?;
    let claims = String::from_utf8(claims).ok().filter(|claims| claims.len() <= MAX_CLAIMS)?;
    matches!(json::read(claims.as_bytes()), Ok(Json::Object(_))).then_some(claims)
}

struct Challenge<'a> {
    scheme: &'a str,
    parameters: Vec<(&'a str, String)>,
}

impl Challenge<'_> {
    /// The value of a parameter that occurs once (RFC 9110 §11.2).
    fn parameter(&self, name: &str) -> Option<&str> {
        let mut values = self.parameters.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.next().filter(|_| values.next().is_none()).map(|(_, value)| value.as_str())
    }
}

/// The challenges of a header. Browsers join several headers with commas. `None` if the header is malformed, because
/// its quoted parts are unknown then.
fn challenges(header: &str) -> Option<Vec<Challenge<'_>>> {
    let mut challenges: Vec<Challenge<'_>> = Vec::new();
    let mut rest = header;
    loop {
        // Servers also separate parameters by spaces alone.
        rest = rest.trim_start_matches(|c| is_space(c) || c == ',');
        if rest.is_empty() {
            return Some(challenges);
        }
        let (name, after) = split(rest, |c| is_space(c) || matches!(c, ',' | '=' | '"'));
        if name.is_empty() || after.starts_with('"') {
            return None;
        }
        let Some(value) = after.trim_start_matches(is_space).strip_prefix('=') else {
            challenges.push(Challenge { scheme: name, parameters: Vec::new() });
            rest = after;
            continue;
        };
        let value = value.trim_start_matches(is_space);
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            // Base64 is not a token of RFC 9110, but some services write it without quotes.
            None => {
                let (value, after) = split(value, |c| is_space(c) || matches!(c, ',' | '"'));
                (value.to_owned(), after)
            }
        };
        if after.starts_with('"') {
            return None;
        }
        // The padding of a token68 also becomes a parameter, which is never read.
        challenges.last_mut()?.parameters.push((name, value));
        rest = after;
    }
}

/// A quoted string without its quotes and escapes (RFC 9110 §5.6.4), and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            c => value.push(c),
        }
    }
}

fn split(text: &str, is_end: impl Fn(char) -> bool) -> (&str, &str) {
    text.find(is_end).and_then(|end| text.split_at_checked(end)).unwrap_or((text, ""))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(challenge: &str) -> Option<String> {
        claims(&Response { challenge: Some(challenge.to_owned()), ..Response::plain(401, "") })
    }

    #[test]
    fn rep_11_claims_are_read_from_the_challenge_that_requires_them() {
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let (good, other) = (encode(r#"{"good":1}"#), encode(r#"{"other":1}"#));
        let needed = r#"error="insufficient_claims""#;
        for challenge in [
            format!(r#"Bearer realm="claims={other}", {needed}, claims="{good}""#),
            format!(r#"Bearer error_description="say \"claims={other}\", and", {needed}, claims="{good}""#),
            format!(r#"Bearer error_description="a\\", claims="{good}", {needed}"#),
            format!(r#"Bearer xclaims="{other}", {needed}, claims="{good}""#),
            format!(r#"bearer ERROR="insufficient_claims" , Claims = "{good}""#),
            format!("Bearer claims\t=\t{good}\t,\terror=insufficient_claims"),
            format!(r#"Bearer claims="{other}", error="invalid_token", Bearer {needed}, claims="{good}""#),
            format!(
                r#"Basic realm="Bearer error=insufficient_claims, claims={other}", Bearer {needed}, claims="{good}""#
            ),
            format!(r#"Negotiate YIIB+/x==, Bearer {needed}, claims="{good}""#),
            format!(r#"Negotiate, Bearer {needed}, claims="{good}", Digest claims="{other}", qop=auth"#),
            format!(r#"Digest {needed}, claims="{other}", Bearer {needed}, claims="{good}""#),
            format!(r#", ,Bearer realm="",,{needed}, authorization_uri=https://x/?a=b, claims="{good}","#),
            format!(r#"Bearer authorization_uri="https://x/" {needed} claims="{good}""#),
            // A quoted pair is the character itself.
            format!(r#"Bearer {needed}, claims="\{good}""#),
        ] {
            assert_eq!(read(&challenge).as_deref(), Some(r#"{"good":1}"#), "{challenge}");
        }
        for challenge in [
            // The words in other places.
            format!(r#"Bearer realm="insufficient_claims", claims="{good}""#),
            format!(r#"Bearer error="invalid_token", error_description="error=insufficient_claims", claims="{good}""#),
            format!(r#"Bearer {needed}, error_description="claims={good}""#),
            format!(r#"Bearer {needed}, Basic claims="{good}""#),
            format!(r#"Basic {needed}, claims="{good}""#),
            format!(r#"{needed}, claims="{good}""#),
            // It is unknown which of the two is valid.
            format!(r#"Bearer {needed}, claims="{good}", claims="{other}""#),
            format!(r#"Bearer {needed}, error="invalid_token", claims="{good}""#),
            // Malformed.
            format!(r#"Bearer {needed}, claims="{good}"#),
            format!(r#"Bearer {needed}, claims="{good}", realm="x"#),
            format!(r#"Bearer {needed}, claims="{good}\"#),
            format!(r#"Bearer {needed}, claims="{good}"x, "y"#),
            format!(r#"Bearer {needed}, ="x", claims="{good}""#),
            String::new(),
            "Bearer".to_owned(),
            "\"".to_owned(),
        ] {
            assert_eq!(read(&challenge), None, "{challenge}");
        }
    }

    #[test]
    fn rep_11_a_claims_challenge_is_read_in_every_form_of_base64() {
        // Both alphabets differ in it, and it needs padding.
        let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1>>??>"}}}"#;
        let standard = base64::engine::general_purpose::STANDARD.encode(claims);
        assert!(standard.contains(['+', '/']), "{standard}");
        assert!(standard.ends_with('='), "{standard}");
        let url_safe = standard.replace('+', "-").replace('/', "_");
        for encoded in [&standard, &url_safe] {
            for form in [encoded.as_str(), encoded.trim_end_matches('=')] {
                for parameter in [
                    format!("error=\"insufficient_claims\", claims=\"{form}\""),
                    format!("claims=\"{form}\", error=\"insufficient_claims\""),
                    format!("error=insufficient_claims, claims={form}"),
                    format!("claims={form}, error=insufficient_claims"),
                ] {
                    assert_eq!(
                        read(&format!("Bearer realm=\"\", {parameter}")).as_deref(),
                        Some(claims),
                        "{parameter}"
                    );
                }
            }
        }
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for junk in [
            String::new(),
            "%%".to_owned(),
            "=".to_owned(),
            standard[..standard.len() - 3].to_owned(),
            format!("{standard}="),
            format!("={standard}"),
            standard.replace('+', "-"),
            format!("{standard} {standard}"),
            claims.to_owned(),
            encode("hello"),
            encode("\"text\""),
            encode("[]"),
            encode("{"),
            encode(&format!("{{\"a\":\"{}\"}}", "a".repeat(MAX_CLAIMS))),
        ] {
            let challenge = format!("Bearer error=\"insufficient_claims\", claims=\"{junk}\"");
            assert_eq!(read(&challenge), None, "{junk}");
        }
    }
}
