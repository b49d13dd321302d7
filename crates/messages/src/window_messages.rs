use serde::{Deserialize, Serialize};

use crate::{Greeting, RedactedText};

/// What the two static documents of the window flow say to the page: `window.html` before the person is at Entra,
/// `return.html` after. Only the page's own origin is listened to, and only the window that it opened.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum FromWindow {
    /// It is still there; said every second until it leaves.
    Alive,
    /// What Entra sent back.
    Answer {
        /// An authorization response, or what somebody passes off as one.
        answer: RedactedText,
    },
    /// The person closed it.
    Closed,
    /// It is on its way to Entra, and is not heard of until it comes back.
    Leaving,
    /// It listens: now it can be greeted.
    Ready,
    /// It does not go where the greeting sends it, because its own configuration does not say so.
    Refused,
    /// It has the restrictions of a sandbox.
    Sandboxed,
}

/// What the page says to the window.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToWindow {
    /// Where to go, once.
    Greeting(Greeting),
    /// The answer was the awaited one: the window may close.
    Taken,
}

impl FromWindow {
    /// Longer than any answer of Entra.
    const LONGEST: usize = 20_000;

    /// What a window said, or nothing if it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST { None } else { serde_json::from_str(text).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_names_are_those_of_the_static_documents() {
        let answer = FromWindow::parse(r#"{"answer":{"answer":"code=a&state=b"}}"#);
        assert_eq!(answer, Some(FromWindow::Answer { answer: RedactedText::new("code=a&state=b".to_owned()) }));
        for (text, message) in [
            (r#""alive""#, FromWindow::Alive),
            (r#""closed""#, FromWindow::Closed),
            (r#""leaving""#, FromWindow::Leaving),
            (r#""ready""#, FromWindow::Ready),
            (r#""refused""#, FromWindow::Refused),
            (r#""sandboxed""#, FromWindow::Sandboxed),
        ] {
            assert_eq!(FromWindow::parse(text), Some(message));
        }
        let greeting = Greeting { url: "u".to_owned(), state: "s".to_owned(), mailbox: None };
        let text = serde_json::to_string(&ToWindow::Greeting(greeting)).unwrap();
        assert_eq!(text, r#"{"greeting":{"url":"u","state":"s","mailbox":null}}"#);
        assert_eq!(serde_json::to_string(&ToWindow::Taken).unwrap(), r#""taken""#);
    }

    #[test]
    fn anything_else_is_nothing() {
        // SEC-045
        let long = format!(r#"{{"answer":{{"answer":"{}"}}}}"#, "a".repeat(FromWindow::LONGEST));
        for text in
            ["", "null", "{}", r#""hello""#, r#"{"answer":{}}"#, r#"{"answer":{"answer":"a","url":"b"}}"#, &long]
        {
            assert_eq!(FromWindow::parse(text), None, "{}", text.len());
        }
    }
}
