//! Secrets are types: wiped when dropped, readable only by `expose`, without `Display`, `Clone`, `PartialEq` or a
//! `Debug` that shows them (SEC-034). D, the ACS access token, is `messages::AcsToken`, because the page handles it,
//! too.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

macro_rules! secret {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Deserialize)]
        #[serde(transparent)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Makes a secret from this text.
            pub fn new(secret: String) -> Self {
                Self(Zeroizing::new(secret))
            }

            /// The secret in plain text, for the one request that needs it.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// Whether this is a [token](is_token).
            pub fn is_token(&self) -> bool {
                is_token(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )* };
}

/// Whether the text can be a token in a header: one or more visible characters (RFC 6749 appendix A.12). Browsers throw an
/// exception for other header values.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

secret! {
    /// The token that authorizes the caller at the exchange service (artifact B).
    CallerToken;
    /// The Entra access token for ACS (artifact A1). Opaque: its audience is ACS, so it is never parsed.
    #[derive(Serialize)] // because a contract has it in a request body
    EntraAccessToken;
    /// The key of one return mailbox. The window that fills the mailbox never has it.
    #[derive(Serialize)] // because the exchange service returns it once
    MailboxKey;
    /// An authorization response in a return mailbox. Worthless without the verifier.
    #[derive(Serialize)] // because the mailbox returns it in a response body
    AuthorizationResponse;
    /// The refresh token. Entra's for a single-page app always expires 24 hours after the sign-in.
    RefreshToken;
    /// A body or a header that contains one of the other secrets.
    SecretText;
}

impl From<SecretText> for CallerToken {
    fn from(text: SecretText) -> Self {
        Self(text.0)
    }
}

impl From<SecretText> for EntraAccessToken {
    fn from(text: SecretText) -> Self {
        Self(text.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        // SEC-034
        let token = EntraAccessToken::new("canary".to_owned());
        assert_eq!(format!("{token:?}"), "EntraAccessToken(…)");
        assert_eq!(format!("{:?}", SecretText::new("canary".to_owned())), "SecretText(…)");
    }
}
