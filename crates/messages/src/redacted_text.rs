use std::fmt;

use serde::{Deserialize, Serialize};

/// Text that contains a secret: it is forwarded, and never printed. The authorization response contains the code, the
/// transaction contains the verifier. On the wire it is a string: `"code=0.AX…&state=…"`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct RedactedText(String);

impl RedactedText {
    /// Wraps a text, so that `Debug` does not show it.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. Call it only where the text is parsed, stored or sent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedactedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedactedText(…)")
    }
}
