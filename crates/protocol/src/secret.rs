//! Secrets are types: wiped when dropped, opened only by `expose`, without `Display`, `Clone`, `PartialEq` or a
//! telling `Debug`.

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
            /// Takes possession of the secret text.
            pub fn new(secret: String) -> Self {
                Self(Zeroizing::new(secret))
            }

            /// The secret itself, for the one request it belongs in.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// Whether it can be a token in a header: visible characters (RFC 6749 appendix A.12), at least one. A
            /// browser throws where a header is given anything else.
            pub fn is_token(&self) -> bool {
                !self.0.is_empty() && self.0.bytes().all(|b| b.is_ascii_graphic())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )* };
}

secret! {
    /// What authorizes the caller at the exchange service (artifact B).
    CallerToken;
    /// The Entra access token for ACS (artifact A1). Opaque: its audience is ACS, so nobody here reads it.
    #[derive(Serialize)] // because a contract carries it in a body
    EntraAccessToken;
    /// Opens one return mailbox, and is never seen by the window that fills it.
    #[derive(Serialize)] // because the exchange service gives it out once
    MailboxKey;
    /// An authorization response on its way through a return mailbox: nothing without the verifier.
    #[derive(Serialize)] // because it is taken out of the mailbox in a body
    RawAnswer;
    /// Entra's refresh token. A single-page app's ends 24 hours after the sign-in, whatever happens.
    RefreshToken;
    /// A body or a header that carries one of the others.
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
