use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The ACS access token (artifact D). Opaque: it is never parsed, since Azure may encrypt it.
///
/// It implements `Serialize`, because messages carry it, but neither `Display` nor a `Debug` that shows the value, so
/// no log or error can contain it. On the wire it is a string: `"eyJhbGciOi…"`.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct AcsToken(Zeroizing<String>);

impl AcsToken {
    /// Wraps the token from a response of ACS or of the exchange service.
    pub fn new(token: String) -> Self {
        Self(Zeroizing::new(token))
    }

    /// The value of the token. Call it only where the token is handed to its recipient.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AcsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcsToken(…)")
    }
}
