use serde::Serialize;

use crate::{
    MAX_AUTHORIZATION_RESPONSE, MAX_OPENING_TEXT, RedactedText,
    json::{self, Json, Malformed, Object},
    limits::MAX_JSON_UNIT,
};

/// A message from the page to the vault, as JSON text. No message contains an endpoint, an origin, a client id or a
/// scope, and none asks for the vault's secrets (SEC-030).
///
/// ```json
/// {"begin":{"address":"https://page.example/","response":null,"transaction":null,"framed":false,"remembered":null}}
/// {"signIn":{"profile":"teams","chooseAccount":false}}
/// {"grantConsent":{"profile":"teams","registered":false}}
/// {"hint":{"loginHint":"alice@fabrikam.example","domainHint":null,"profile":null}}
/// {"authorizationResponse":{"response":"code=…&state=…"}}
/// {"noWindow":{"reason":"blocked"}}
/// "show"
/// "signOut"
/// ```
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToVault {
    /// The person uses the page, which restarts the idle limit.
    Active,
    /// The sign-in window sent an authorization response. The vault checks whether it belongs to this sign-in.
    AuthorizationResponse {
        /// The parameters of the response, as they were received.
        response: RedactedText,
    },
    /// The device woke up, the network is back, or the page is visible again. Timers can be late, so the vault checks
    /// what is due.
    Awake,
    /// The first message, sent once: what the page's address and storage contained when the page was loaded.
    Begin(Opening),
    /// The message has a port, over which the vault asks the portal for the caller token (B). The page forwards the
    /// port and does not read from it.
    CallerPort,
    /// The person signed out in another tab. The vault deletes everything, and does not sign out at the authority
    /// again.
    Forget,
    /// An administrator wants to grant consent for their organization.
    GrantConsent {
        /// The name of the profile.
        profile: String,
        /// Whether to grant all permissions of the application's registration, and not only those of the profile.
        registered: bool,
    },
    /// The portal's suggestions for the next sign-in.
    Hint(Hint),
    /// Asks for the current [`Site`](crate::Site) and [`ViewState`](crate::ViewState): the page starts after the vault.
    Show,
    /// The person wants to sign in.
    #[serde(rename_all = "camelCase")]
    SignIn {
        /// The name of the profile. `None` where there is only one.
        profile: Option<String>,
        /// Whether Entra shows its list of accounts, even where there is only one session.
        choose_account: bool,
    },
    /// The person clicked the button of `index.html`, which knows neither the profiles nor how people sign in.
    SignInByRedirect,
    /// The page could not store the transaction, so it did not leave for Entra.
    StorageBlocked,
    /// The person wants to sign out. The vault deletes everything first, and then signs out at the authority.
    SignOut,
    /// There is no sign-in window.
    NoWindow {
        /// Why there is no window.
        reason: NoWindow,
    },
}

impl ToVault {
    /// The longest message, in bytes: [`Begin`](Self::Begin) with the longest texts, as JSON. The vault ignores a
    /// longer one. If it ignored `begin`, the page would wait without end, so this limit follows from those of the
    /// texts.
    pub const MAX_LENGTH: usize = MAX_JSON_UNIT * (MAX_AUTHORIZATION_RESPONSE + 3 * MAX_OPENING_TEXT) + 256;

    /// Reads a message. A message that is unknown, or that has an unknown member, is refused.
    ///
    /// # Errors
    /// If the text is not exactly one of these messages.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let (name, content) = json::read(text.as_bytes())?.variant()?;
        if let Json::Null = content {
            return Ok(match name.as_str() {
                "active" => Self::Active,
                "awake" => Self::Awake,
                "callerPort" => Self::CallerPort,
                "forget" => Self::Forget,
                "show" => Self::Show,
                "signOut" => Self::SignOut,
                "signInByRedirect" => Self::SignInByRedirect,
                "storageBlocked" => Self::StorageBlocked,
                _ => return Err(Malformed),
            });
        }
        let mut content = content.into_object();
        let message = match name.as_str() {
            "authorizationResponse" => {
                Self::AuthorizationResponse { response: RedactedText::new(content.text("response")) }
            }
            "begin" => Self::Begin(Opening::take_from(&mut content)),
            "grantConsent" => {
                Self::GrantConsent { profile: content.text("profile"), registered: content.flag("registered") }
            }
            "hint" => Self::Hint(Hint::take_from(&mut content)),
            "noWindow" => Self::NoWindow { reason: NoWindow::from_name(&content.text("reason")).ok_or(Malformed)? },
            "signIn" => Self::SignIn {
                profile: content.optional_text("profile"),
                choose_account: content.flag("chooseAccount"),
            },
            _ => return Err(Malformed),
        };
        content.finish_without_others().map(|()| message)
    }
}

/// Why there is no sign-in window. On the wire it is a string: `"blocked"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NoWindow {
    /// The browser, or the sandbox of the frame, did not open it.
    Blocked,
    /// The window ended before it went to Entra: the person closed it, or it could not load.
    Closed,
    /// The window opened, but the page cannot reach it: the portal isolates itself
    /// (`Cross-Origin-Opener-Policy: same-origin`).
    Severed,
    /// The window did not accept the address in the greeting.
    Refused,
    /// The window inherited the sandbox of the frame, in which Entra does not work (`allow-popups-to-escape-sandbox` is
    /// missing).
    Sandboxed,
    /// The window did not get `config.json`, for example from a proxy whose session has ended (REP-02).
    Unconfigured,
}

impl NoWindow {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "blocked" => Self::Blocked,
            "closed" => Self::Closed,
            "refused" => Self::Refused,
            "sandboxed" => Self::Sandboxed,
            "severed" => Self::Severed,
            "unconfigured" => Self::Unconfigured,
            _ => return None,
        })
    }
}

/// What the page's address and storage contained when the page was loaded. `boot.js` collects it before any other
/// script of the page runs.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opening {
    /// The page's address without query and fragment.
    pub address: String,
    /// The authorization response (the fragment) or the response to an administrator's consent (the query), removed
    /// from the address.
    pub response: Option<RedactedText>,
    /// The transaction, removed from `sessionStorage`.
    pub transaction: Option<RedactedText>,
    /// Whether the page is in a frame.
    pub framed: bool,
    /// The account of the last sign-in in this tab, without a token.
    pub remembered: Option<RedactedText>,
    /// The portal's suggestions, if they arrived before the configuration was read.
    #[serde(skip)]
    pub hint: Hint,
}

impl Opening {
    fn take_from(content: &mut Object) -> Self {
        Self {
            address: content.text("address"),
            response: content.optional_text("response").map(RedactedText::new),
            transaction: content.optional_text("transaction").map(RedactedText::new),
            framed: content.flag_or_false("framed"),
            remembered: content.optional_text("remembered").map(RedactedText::new),
            hint: Hint::default(),
        }
    }
}

/// A portal's suggestions for the sign-in: the account, and the sign-in method.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hint {
    /// The user name of the person.
    pub login_hint: Option<String>,
    /// The domain of the person's organization.
    pub domain_hint: Option<String>,
    /// The name of a profile.
    pub profile: Option<String>,
}

impl Hint {
    /// The longest hint, in characters: an email address has at most 320 (RFC 3696 section 3).
    pub(crate) const MAX_LENGTH: usize = 320;

    fn take_from(content: &mut Object) -> Self {
        Self {
            login_hint: content.optional_text("loginHint"),
            domain_hint: content.optional_text("domainHint"),
            profile: content.optional_text("profile"),
        }
    }

    /// Whether a text can be a hint: it has a length from 1 to the limit, and no control characters.
    pub(crate) fn can_be(text: &str) -> bool {
        !text.is_empty() && text.chars().count() <= Self::MAX_LENGTH && !text.chars().any(char::is_control)
    }

    /// Removes the texts that cannot be hints.
    #[must_use]
    pub fn sanitized(self) -> Self {
        let sanitized = |text: Option<String>| text.filter(|text| Self::can_be(text));
        Self {
            login_hint: sanitized(self.login_hint),
            domain_hint: sanitized(self.domain_hint),
            profile: sanitized(self.profile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_is_no_name_is_dropped() {
        let hint = Hint {
            login_hint: Some("a".repeat(Hint::MAX_LENGTH + 1)),
            domain_hint: Some("contoso.example\n".to_owned()),
            profile: Some("teams".to_owned()),
        };
        assert_eq!(hint.sanitized(), Hint { profile: Some("teams".to_owned()), ..Hint::default() });
    }

    #[test]
    fn the_longest_opening_fits_into_a_message() {
        // Three bytes of UTF-8, and six bytes of JSON.
        for character in ["€", "\u{1}"] {
            let text = character.repeat(MAX_OPENING_TEXT);
            let opening = Opening {
                address: text.clone(),
                response: Some(RedactedText::new(character.repeat(MAX_AUTHORIZATION_RESPONSE))),
                transaction: Some(RedactedText::new(text.clone())),
                framed: false,
                remembered: Some(RedactedText::new(text)),
                hint: Hint::default(),
            };
            let message = serde_json::to_string(&ToVault::Begin(opening)).unwrap();
            assert!(message.len() <= ToVault::MAX_LENGTH, "{character:?}: {}", message.len());
        }
    }

    #[test]
    fn rejects_messages_with_unknown_fields_and_unknown_messages() {
        // SEC-030, SEC-047: no message can smuggle in an endpoint, a client id or a token.
        for text in [
            r#"{"signIn":{"profile":null,"chooseAccount":false,"authority":"https://evil.example"}}"#,
            r#"{"hint":{"loginHint":"a","redirectUri":"https://evil.example"}}"#,
            r#"{"authorizationResponse":{"response":"code=a","verifier":"b"}}"#,
            r#"{"tokens":{}}"#,
            r#""dump""#,
            r#"{"signOut":{}}"#,
            r#"{"signOut":null,"forget":null}"#,
            r#"{"authorizationResponse":{"response":"code=a","response":"code=b"}}"#,
            r#"{"authorizationResponse":{}}"#,
            r#"{"authorizationResponse":["code=a"]}"#,
            r#""authorizationResponse""#,
            r#"{"grantConsent":{"profile":"teams"}}"#,
            r#"{"noWindow":{"reason":"other"}}"#,
            r#"{"begin":{"address":"https://page.example/","framed":null}}"#,
            "[]",
            "",
        ] {
            assert_eq!(ToVault::read(text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn every_message_is_read_as_it_was_written() {
        let name = || Some("teams".to_owned());
        let text = || Some(RedactedText::new("a=b".to_owned()));
        let opening = Opening {
            address: "https://page.example/".to_owned(),
            response: text(),
            transaction: text(),
            framed: true,
            remembered: text(),
            hint: Hint::default(),
        };
        let mut messages = vec![
            ToVault::Active,
            ToVault::AuthorizationResponse { response: RedactedText::new("code=a".to_owned()) },
            ToVault::Awake,
            ToVault::Begin(opening),
            ToVault::Begin(Opening::default()),
            ToVault::CallerPort,
            ToVault::Forget,
            ToVault::GrantConsent { profile: "teams".to_owned(), registered: true },
            ToVault::Hint(Hint { login_hint: name(), domain_hint: None, profile: name() }),
            ToVault::Show,
            ToVault::SignIn { profile: None, choose_account: true },
            ToVault::SignIn { profile: name(), choose_account: false },
            ToVault::SignInByRedirect,
            ToVault::StorageBlocked,
            ToVault::SignOut,
        ];
        for reason in [
            NoWindow::Blocked,
            NoWindow::Closed,
            NoWindow::Severed,
            NoWindow::Refused,
            NoWindow::Sandboxed,
            NoWindow::Unconfigured,
        ] {
            messages.push(ToVault::NoWindow { reason });
        }
        for message in messages {
            assert_eq!(ToVault::read(&json::write(&message)), Ok(message));
        }
    }

    #[test]
    fn an_opening_of_another_build_may_lack_its_later_members() {
        let opening = Opening { address: "https://page.example/".to_owned(), ..Opening::default() };
        let text = r#"{"begin":{"address":"https://page.example/"}}"#;
        assert_eq!(ToVault::read(text), Ok(ToVault::Begin(opening)));
    }
}
