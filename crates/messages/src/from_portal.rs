use serde::Deserialize;

use crate::Hint;

/// The version of the messages between a portal and the page. There is only this one.
pub const PORTAL_PROTOCOL: u32 = 1;

/// The longest message of a portal that is parsed, in bytes.
const MAX_MESSAGE_LENGTH: usize = 8 * 1024;

/// A message from the portal to the page, over the port of the greeting. No message contains an address, an endpoint, a
/// client id or a token, so a portal cannot configure the page.
///
/// ```json
/// {"getToken":{"id":7}}
/// {"signOut":{"id":8}}
/// {"activity":{}}
/// ```
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum FromPortal {
    /// Asks for an ACS token that is valid for more than ten minutes.
    GetToken {
        /// Identifies the request. The response has the same id.
        id: u32,
    },
    /// Signs the person out.
    SignOut {
        /// Identifies the request. The response has the same id.
        id: u32,
    },
    /// The person used the portal, which restarts the idle limit. There is no response.
    Activity {},
}

impl FromPortal {
    /// Reads a message. `None` for any other text, which is ignored without a response (SEC-047).
    pub fn parse(text: &str) -> Option<Self> {
        decode(text)
    }
}

/// The first message from a portal, the greeting. It is posted to the page's window together with a port, and is
/// accepted only from the origin of a configured portal.
///
/// ```json
/// {"connect":{"version":1,"nonce":"0123456789abcdef012345","hints":{"theme":"dark","locale":"de-AT"},"callerToken":true}}
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Connect {
    /// A random value of the portal. The welcome contains it, so that the portal can match it to this greeting.
    pub nonce: String,
    /// Suggestions for the sign-in and the look of the page.
    pub hints: Hints,
    /// Whether the message has a second port, over which the vault can ask the portal for the caller token (B).
    pub caller_token: bool,
}

impl Connect {
    /// Reads a greeting. `None` for another version than [`PORTAL_PROTOCOL`], and for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let FirstMessage::Connect { version, nonce, hints, caller_token } = decode(text)?;
        let known = version == PORTAL_PROTOCOL && is_nonce(&nonce) && hints.are_short();
        known.then_some(Self { nonce, hints, caller_token })
    }
}

/// What a portal can suggest about the person and about itself. A hint decides neither who signs in nor where anything
/// is sent.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hints {
    /// The user name of the person, for Entra's parameter `login_hint`.
    pub login_hint: Option<String>,
    /// The domain of the person's organization, for Entra's parameter `domain_hint`.
    pub domain_hint: Option<String>,
    /// The name of the profile to sign in with.
    pub profile: Option<String>,
    /// The portal's language, as a tag of RFC 5646. [`Locale::of`](crate::Locale::of) reads it.
    pub locale: Option<String>,
    /// The portal's theme. Without it, the page follows the person's system.
    pub theme: Option<Theme>,
}

/// The page's theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

impl Hints {
    fn are_short(&self) -> bool {
        let texts = [&self.login_hint, &self.domain_hint, &self.profile, &self.locale];
        texts.into_iter().flatten().all(|text| Hint::can_be(text))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum FirstMessage {
    #[serde(rename_all = "camelCase")]
    Connect {
        version: u32,
        nonce: String,
        #[serde(default)]
        hints: Hints,
        #[serde(default)]
        caller_token: bool,
    },
}

fn decode<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    if text.len() > MAX_MESSAGE_LENGTH { None } else { serde_json::from_str(text).ok() }
}

/// Whether this is base64url of at least 128 bits, which take 22 characters.
fn is_nonce(nonce: &str) -> bool {
    (22..=128).contains(&nonce.len())
        && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
