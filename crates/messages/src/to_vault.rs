use serde::{Deserialize, Serialize};

use crate::RedactedText;

/// All that anybody can ask of the vault. There is no message that names an endpoint, an origin, a client id, a
/// scope, or asks for what the vault holds.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ToVault {
    /// Somebody uses the page.
    Active,
    /// What came back in the window: an authorization response, which the vault alone can tell from a stranger's.
    Answer {
        /// As Entra wrote it.
        answer: RedactedText,
    },
    /// The machine woke up, the network came back, or somebody looks at the page again.
    Awake,
    /// The first message, once: what the page's address and storage held when it was loaded.
    Begin(Opening),
    /// A port comes with this message, over which the portal's own token for the exchange service (artifact B) is asked
    /// for. The page passes it on and does not read it.
    CallerPort,
    /// Everything is forgotten, because the person signed out in another tab: the authority knows already.
    Forget,
    /// An administrator wants to grant consent for their organization.
    GrantConsent {
        /// The profile's name.
        profile: String,
        /// Everything that the registration lists, and not just what this page asks for.
        registered: bool,
    },
    /// What the portal suggests for the next sign-in.
    Hint(Hint),
    /// Asks for the present [`ViewState`](crate::ViewState) again; the page's interface starts after the vault.
    Show,
    /// The person wants to sign in.
    #[serde(rename_all = "camelCase")]
    SignIn {
        /// The name of one of the profiles, unless there is but one.
        profile: Option<String>,
        /// Asks Entra to offer all accounts, also where one session would do.
        choose_account: bool,
    },
    /// The page could not keep the transaction, so it did not leave.
    Stay,
    /// The person wants to sign out: everything is forgotten before anything else happens.
    SignOut,
    /// The window that was opened for the sign-in is not there.
    NoWindow {
        /// Why.
        reason: NoWindow,
    },
}

/// Why there is no window to sign in in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NoWindow {
    /// The browser, or the sandbox of the frame, did not open it.
    Blocked,
    /// It ended before it went to Entra: the person closed it, or it could not load.
    Closed,
    /// It opened, but out of reach: the portal isolates itself (`Cross-Origin-Opener-Policy: same-origin`).
    Severed,
    /// It did not accept the address of the authority.
    Refused,
    /// It opened with the restrictions of the frame, under which Entra does not work
    /// (`allow-popups-to-escape-sandbox` is missing).
    Sandboxed,
}

/// What the page found when it was loaded. `boot.js` collects it before any other program of the page runs.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opening {
    /// The page's own address without query and fragment.
    pub address: String,
    /// What Entra sent back, taken out of the address: the fragment, or the query of an administrator's consent.
    pub answer: Option<RedactedText>,
    /// The transaction that waited in `sessionStorage`, taken out of it.
    pub transaction: Option<RedactedText>,
    /// The page stands in a frame.
    #[serde(default)]
    pub framed: bool,
    /// What was remembered of the last sign-in in this tab: no token, but whose it was.
    #[serde(default)]
    pub remembered: Option<RedactedText>,
    /// What a portal suggested before the configuration was read.
    #[serde(skip)]
    pub hint: Hint,
}

/// What a portal may suggest: whom Entra asks for, and which sign-in method is offered. It can point to nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hint {
    /// The name that the person signs in with.
    pub login_hint: Option<String>,
    /// Their organization's domain.
    pub domain_hint: Option<String>,
    /// The name of one of the page's profiles.
    pub profile: Option<String>,
}

impl Hint {
    /// The longest name of anybody, in characters: an address for mail has 320 at most.
    pub(crate) const LONGEST: usize = 320;

    /// Whether a text can be a hint: not too long, and without characters that no name has.
    pub(crate) fn can_be(text: &str) -> bool {
        !text.is_empty() && text.chars().count() <= Self::LONGEST && !text.chars().any(char::is_control)
    }

    /// The hint without texts that cannot be one.
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
            login_hint: Some("a".repeat(Hint::LONGEST + 1)),
            domain_hint: Some("contoso.example\n".to_owned()),
            profile: Some("teams".to_owned()),
        };
        assert_eq!(hint.sanitized(), Hint { profile: Some("teams".to_owned()), ..Hint::default() });
    }

    #[test]
    fn a_message_with_anything_else_in_it_is_none() {
        // SEC-030, SEC-047: no endpoint, client id or token of another kind can be slipped in
        for text in [
            r#"{"signIn":{"profile":null,"chooseAccount":false,"authority":"https://evil.example"}}"#,
            r#"{"hint":{"loginHint":"a","redirectUri":"https://evil.example"}}"#,
            r#"{"answer":{"answer":"code=a","verifier":"b"}}"#,
            r#"{"tokens":{}}"#,
            r#""dump""#,
        ] {
            assert!(serde_json::from_str::<ToVault>(text).is_err(), "{text}");
        }
    }
}
