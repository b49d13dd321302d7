use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The ACS access token (artifact D). Opaque: it is never parsed, since Azure may encrypt it.
///
/// It serialises, because handing it over is the point; it does not print, so no log or error can show it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct AcsToken(Zeroizing<String>);

impl AcsToken {
    /// Takes the token out of an answer of ACS or of an exchange service.
    pub fn new(token: String) -> Self {
        Self(Zeroizing::new(token))
    }

    /// The token itself, for the one place that hands it to its reader.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AcsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcsToken(…)")
    }
}
