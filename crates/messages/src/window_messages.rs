use serde::Serialize;

use crate::{
    Greeting, MAX_AUTHORIZATION_RESPONSE, RedactedText,
    json::{self, Json, Malformed},
    limits::MAX_JSON_UNIT,
};

/// A message from the sign-in window to the page: from `window.html` before the person is at Entra, from `return.html`
/// after. The page accepts it only from its own origin and only from the window that it opened.
///
/// ```json
/// "ready"
/// "alive"
/// {"authorizationResponse":{"response":"code=…&state=…"}}
/// ```
#[derive(Debug, PartialEq, Eq)]
pub enum FromWindow {
    /// The window is still open. Sent every second until it leaves for Entra.
    Alive,
    /// The window received an authorization response.
    AuthorizationResponse {
        /// The parameters of the response. They can be forged, so the vault checks them.
        response: RedactedText,
    },
    /// The person closed the window.
    Closed,
    /// The window leaves for Entra, and sends nothing until it is back.
    Leaving,
    /// The window is ready for its greeting.
    Ready,
    /// The window rejects the address in the greeting, because it does not match the configuration.
    Refused,
    /// The window has the restrictions of a sandbox.
    Sandboxed,
    /// The window did not get the configuration (REP-02).
    Unconfigured,
}

/// A message from the page to the sign-in window.
///
/// ```json
/// {"greeting":{"url":"https://login.microsoftonline.com/…/authorize?…","state":"…","mailbox":null}}
/// "taken"
/// ```
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToWindow {
    /// The address of the authority. Sent once.
    Greeting(Greeting),
    /// The vault accepted the authorization response: the window can close.
    Taken,
}

impl FromWindow {
    /// The longest message that is parsed, in bytes: the longest response, as JSON.
    const MAX_LENGTH: usize =
        r#"{"authorizationResponse":{"response":""}}"#.len() + MAX_JSON_UNIT * MAX_AUTHORIZATION_RESPONSE;

    /// Reads a message. `None` for any other text, which is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH { None } else { Self::read(text).ok() }
    }

    fn read(text: &str) -> Result<Self, Malformed> {
        let (name, content) = json::read(text.as_bytes())?.variant()?;
        if let Json::Null = content {
            return Ok(match name.as_str() {
                "alive" => Self::Alive,
                "closed" => Self::Closed,
                "leaving" => Self::Leaving,
                "ready" => Self::Ready,
                "refused" => Self::Refused,
                "sandboxed" => Self::Sandboxed,
                "unconfigured" => Self::Unconfigured,
                _ => return Err(Malformed),
            });
        }
        let mut content = content.into_object();
        let response = RedactedText::new(content.text("response"));
        content.finish_without_others()?;
        if name == "authorizationResponse" { Ok(Self::AuthorizationResponse { response }) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ToVault;

    #[test]
    fn the_wire_names_are_those_of_the_static_documents() {
        let parsed = FromWindow::parse(r#"{"authorizationResponse":{"response":"code=a&state=b"}}"#);
        assert_eq!(
            parsed,
            Some(FromWindow::AuthorizationResponse { response: RedactedText::new("code=a&state=b".to_owned()) })
        );
        for (text, message) in [
            (r#""alive""#, FromWindow::Alive),
            (r#""closed""#, FromWindow::Closed),
            (r#""leaving""#, FromWindow::Leaving),
            (r#""ready""#, FromWindow::Ready),
            (r#""refused""#, FromWindow::Refused),
            (r#""sandboxed""#, FromWindow::Sandboxed),
            (r#""unconfigured""#, FromWindow::Unconfigured),
        ] {
            assert_eq!(FromWindow::parse(text), Some(message));
        }
        let greeting = Greeting { url: "u".to_owned(), state: "s".to_owned(), mailbox: None };
        let text = serde_json::to_string(&ToWindow::Greeting(greeting)).unwrap();
        assert_eq!(text, r#"{"greeting":{"url":"u","state":"s","mailbox":null}}"#);
        assert_eq!(serde_json::to_string(&ToWindow::Taken).unwrap(), r#""taken""#);
    }

    #[test]
    fn reads_the_longest_response() {
        for character in ["a", "\\", "\u{1}"] {
            let response = character.repeat(MAX_AUTHORIZATION_RESPONSE);
            let text = serde_json::json!({ "authorizationResponse": { "response": response } }).to_string();
            let response = RedactedText::new(response);
            assert_eq!(
                FromWindow::parse(&text),
                Some(FromWindow::AuthorizationResponse { response: response.clone() }),
                "{character:?}"
            );
            let forwarded = serde_json::to_string(&ToVault::AuthorizationResponse { response }).unwrap();
            assert!(forwarded.len() <= ToVault::MAX_LENGTH, "{character:?}: {}", forwarded.len());
        }
    }

    #[test]
    fn rejects_any_other_text() {
        // SEC-045
        let long = format!(r#"{{"authorizationResponse":{{"response":"{}"}}}}"#, "a".repeat(FromWindow::MAX_LENGTH));
        for text in [
            "",
            "null",
            "{}",
            r#""hello""#,
            r#"{"authorizationResponse":{}}"#,
            r#"{"authorizationResponse":{"response":"a","url":"b"}}"#,
            &long,
        ] {
            assert_eq!(FromWindow::parse(text), None, "{}", text.len());
        }
    }
}
