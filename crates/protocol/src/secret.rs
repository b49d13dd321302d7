//! Secrets are types: wiped when dropped, opened only by `expose`, without `Display`, `Clone`, `PartialEq` or a
//! telling `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
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
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret! {
    /// The Entra access token for ACS (artifact A1). Opaque: its audience is ACS, so nobody here reads it.
    ///
    /// It serialises because a contract carries it in a body.
    #[derive(Deserialize, Serialize)]
    #[serde(transparent)]
    EntraAccessToken
}

secret! {
    /// What authorizes the caller at the exchange service (artifact B).
    CallerToken
}
