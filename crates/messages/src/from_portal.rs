use serde::Deserialize;

use crate::Hint;

/// The one version of what a portal and the page say to each other.
pub const PORTAL_PROTOCOL: u32 = 1;

/// The longest text of a portal that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;

/// All that a portal can ask for over its port. There is no message that names an address, an endpoint or a client, or
/// that brings a token in.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum FromPortal {
    /// The ACS token, with more than ten minutes of life.
    GetToken {
        /// Comes back with the answer.
        id: u32,
    },
    /// The person leaves the portal.
    SignOut {
        /// Comes back with the answer.
        id: u32,
    },
    /// The person used the portal, as in `{"activity":{}}`. It has no answer.
    Activity {},
}

impl FromPortal {
    /// What a portal said, or nothing if it is none of these. Who sends something else is not answered.
    pub fn parse(text: &str) -> Option<Self> {
        decode(text)
    }
}

/// The first message, to the window: whoever can prove the origin of a configured portal asks for a connection. The
/// port comes beside it.
#[derive(Debug, PartialEq, Eq)]
pub struct Connect {
    /// Proves to the portal that the answer is one to this greeting.
    pub nonce: String,
    /// What may make the sign-in shorter or the page fit the portal.
    pub hints: Hints,
    /// Whether a second port came along, over which the portal can be asked for the caller's token (B).
    pub caller_token: bool,
}

impl Connect {
    /// The greeting in a text, or nothing if it is none of [`PORTAL_PROTOCOL`].
    pub fn parse(text: &str) -> Option<Self> {
        let First::Connect { version, nonce, hints, caller_token } = decode(text)?;
        let known = version == PORTAL_PROTOCOL && is_nonce(&nonce) && hints.are_short();
        known.then_some(Self { nonce, hints, caller_token })
    }
}

/// What a portal may say of the person and of itself. None of it decides who signs in or where anything is sent.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hints {
    /// Who is expected to sign in, in the form that Entra's sign-in page takes.
    pub login_hint: Option<String>,
    /// The domain of the person's organization.
    pub domain_hint: Option<String>,
    /// Which of the configured sign-ins is meant.
    pub profile: Option<String>,
    /// The portal's language, as in RFC 5646. [`Locale::of`](crate::Locale::of) takes of it what it can.
    pub locale: Option<String>,
    /// The portal's colours; without it the person's system decides.
    pub theme: Option<Theme>,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
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
enum First {
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
    if text.len() > LONGEST { None } else { serde_json::from_str(text).ok() }
}

/// 128 bits take 22 characters of base64url.
fn is_nonce(nonce: &str) -> bool {
    (22..=128).contains(&nonce.len())
        && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
