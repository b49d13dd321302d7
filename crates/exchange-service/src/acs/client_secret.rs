//! The client secret of an application in Entra, with which the service gets C where it has neither an access key nor
//! an Azure identity.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use contract::ids::{ClientId, TenantId};
use zeroize::Zeroizing;

use crate::text_file;

/// The application that the service authenticates as, with its secret.
#[derive(Debug)]
pub(crate) struct Application {
    /// The authority, always `https`: Microsoft's library sends the secret to no other host.
    pub(crate) authority: String,
    pub(crate) tenant: TenantId,
    pub(crate) client_id: ClientId,
    pub(crate) secret: ClientSecret,
    /// The configuration key or the environment variable that the secret came from.
    pub(crate) source: &'static str,
    /// The file to read again. `None` if the secret is read only once.
    pub(crate) file: Option<PathBuf>,
}

/// A client secret. Its `Debug` hides it, and it is wiped when dropped. The library that sends it makes its own copy,
/// which is not wiped.
pub(crate) struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// Accepts one word. Refuses a placeholder, and the id of a secret, which Entra shows next to its value and which
    /// is easily mistaken for it.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_placeholder = text.starts_with('<') || text.contains("REPLACE");
        let is_id = text.parse::<ClientId>().is_ok();
        (is_word && !is_placeholder && !is_id).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Reads a file that contains only the secret. White space around it is ignored. `None` if it has no usable one.
    pub(super) fn from_file(path: &Path) -> Option<Self> {
        Self::from_text(&text_file::read(path).ok()?)
    }

    /// The secret in plain text, for Microsoft's library only.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_an_unusable_client_secret_and_hides_a_good_one_in_debug() {
        // SEC-115, SEC-116
        for text in
            ["", " \n", "<secret>", "REPLACE-ME", "two words", "caf\u{e9}", "acc00000-0000-4000-8000-000000000014"]
        {
            assert!(ClientSecret::from_text(text).is_none(), "{text}");
        }
        let secret = ClientSecret::from_text(" ~8Q.canary_-~\n").unwrap();
        assert_eq!((secret.expose(), format!("{secret:?}").as_str()), ("~8Q.canary_-~", "ClientSecret(…)"));
    }
}
