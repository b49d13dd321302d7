use crate::{
    Hint,
    json::{self, Json, Malformed, Object},
};

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
#[derive(Debug, PartialEq, Eq)]
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
        Self::read(text).ok()
    }

    fn read(text: &str) -> Result<Self, Malformed> {
        let (name, mut content) = message(text)?;
        let message = match name.as_str() {
            "activity" => Self::Activity {},
            "getToken" => Self::GetToken { id: unsigned(&mut content, "id") },
            "signOut" => Self::SignOut { id: unsigned(&mut content, "id") },
            _ => return Err(Malformed),
        };
        content.finish_without_others().map(|()| message)
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
        Self::read(text).ok()
    }

    fn read(text: &str) -> Result<Self, Malformed> {
        let (name, mut content) = message(text)?;
        let version = unsigned(&mut content, "version");
        let hints = content.take("hints");
        let connect = Self {
            nonce: content.text("nonce"),
            hints: Hints::from_json(hints)?,
            caller_token: content.flag_or_false("callerToken"),
        };
        content.finish_without_others()?;
        let is_known = name == "connect" && version == PORTAL_PROTOCOL;
        if is_known && is_nonce(&connect.nonce) && connect.hints.are_short() { Ok(connect) } else { Err(Malformed) }
    }
}

/// What a portal can suggest about the person and about itself. A hint decides neither who signs in nor where anything
/// is sent.
#[derive(Debug, Default, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

impl Hints {
    /// Reads the hints, which may be missing.
    fn from_json(hints: Json) -> Result<Self, Malformed> {
        if matches!(hints, Json::Missing) {
            return Ok(Self::default());
        }
        let mut members = hints.into_object();
        let theme = match members.optional_text("theme").as_deref() {
            None => None,
            Some("light") => Some(Theme::Light),
            Some("dark") => Some(Theme::Dark),
            Some(_) => return Err(Malformed),
        };
        let hints = Self {
            login_hint: members.optional_text("loginHint"),
            domain_hint: members.optional_text("domainHint"),
            profile: members.optional_text("profile"),
            locale: members.optional_text("locale"),
            theme,
        };
        members.finish_without_others().map(|()| hints)
    }

    fn are_short(&self) -> bool {
        let texts = [&self.login_hint, &self.domain_hint, &self.profile, &self.locale];
        texts.into_iter().flatten().all(|text| Hint::can_be(text))
    }
}

/// The name and the content of a message that is not too long.
fn message(text: &str) -> Result<(String, Object), Malformed> {
    if text.len() > MAX_MESSAGE_LENGTH {
        return Err(Malformed);
    }
    let (name, content) = json::read(text.as_bytes())?.variant()?;
    Ok((name, content.into_object()))
}

/// Takes a whole number. A missing one makes the message malformed.
fn unsigned(content: &mut Object, name: &str) -> u32 {
    let number = content.take(name).as_u64().and_then(|number| number.try_into().ok());
    content.require(number).unwrap_or_default()
}

/// Whether this is base64url of at least 128 bits, which take 22 characters.
fn is_nonce(nonce: &str) -> bool {
    (22..=128).contains(&nonce.len())
        && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
