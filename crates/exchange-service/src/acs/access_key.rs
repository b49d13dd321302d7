//! The access key of the ACS resource, and the connection string in which Azure's portal shows it.

use std::{fmt, path::Path};

use aws_lc_rs::constant_time;
use base64::{Engine, engine::general_purpose::STANDARD};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::text_file;

/// Azure's keys have 64 bytes; RFC 2104 section 3 discourages fewer than the hash has.
const MIN_KEY: usize = 32;

/// The access key that signs C. Its `Debug` hides it, and it is wiped when dropped.
pub(crate) struct AccessKey(Zeroizing<Vec<u8>>);

/// Why a text is not an access key. No variant contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum AccessKeyFault {
    /// The text is empty.
    #[error("the access key is empty")]
    Empty,
    /// The text is a placeholder from an example, or one repeated byte.
    #[error("the access key is still a placeholder")]
    Placeholder,
    /// The text is a connection string, which has the key as one of its parts.
    #[error("is a connection string: must be only what follows accesskey= in it")]
    ConnectionString,
    /// The text is not base64.
    #[error("the access key is not base64")]
    NotBase64,
    /// The decoded key has fewer than 32 bytes.
    #[error("the access key has fewer than 32 bytes")]
    TooShort,
}

/// A file that has no usable access key.
#[derive(Debug)]
pub(super) struct NoAccessKey;

impl AccessKey {
    pub(crate) fn from_base64(text: &str) -> Result<Self, AccessKeyFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AccessKeyFault::Empty);
        }
        let shouting = text.to_ascii_uppercase();
        if text.starts_with('<') || ["REPLACE", "YOUR", "PLACEHOLDER", "CHANGE"].iter().any(|w| shouting.starts_with(w))
        {
            return Err(AccessKeyFault::Placeholder);
        }
        if split_connection_string(text).is_some() {
            return Err(AccessKeyFault::ConnectionString);
        }
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| AccessKeyFault::NotBase64)?);
        if bytes.len() < MIN_KEY {
            return Err(AccessKeyFault::TooShort);
        }
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(AccessKeyFault::Placeholder);
        }
        Ok(Self(bytes))
    }

    /// Reads a file that contains only the key. White space around it is ignored.
    pub(super) fn from_file(path: &Path) -> Result<Self, NoAccessKey> {
        let text = text_file::read(path).map_err(|_| NoAccessKey)?;
        Self::from_base64(&text).map_err(|_| NoAccessKey)
    }

    /// Compares two keys in constant time.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }

    /// The bytes of the key, for signing only.
    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The length of the key in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey(…)")
    }
}

/// Splits a connection string, `endpoint=https://….communication.azure.com/;accesskey=…`, into endpoint and key. The
/// names can be in either order and in any case; spaces and a last `;` are ignored. `None` gives no reason, because the
/// text is a secret.
pub(crate) fn split_connection_string(text: &str) -> Option<(&str, &str)> {
    let (mut endpoint, mut key) = (None, None);
    for segment in text.split(';').map(str::trim).filter(|segment| !segment.is_empty()) {
        // Only the first `=` separates, because base64 can end in `=`.
        let (name, value) = segment.split_once('=')?;
        let place = match name.trim().to_ascii_lowercase().as_str() {
            "endpoint" => &mut endpoint,
            "accesskey" => &mut key,
            _ => return None,
        };
        if place.replace(value.trim()).is_some() {
            return None;
        }
    }
    Some((endpoint?, key?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_an_unusable_access_key_with_the_reason() {
        // SEC-115
        let zeros = STANDARD.encode([0u8; 64]);
        for (text, fault) in [
            ("", AccessKeyFault::Empty),
            (" \n", AccessKeyFault::Empty),
            ("<access key>", AccessKeyFault::Placeholder),
            ("REPLACE_WITH_THE_ACCESS_KEY", AccessKeyFault::Placeholder),
            ("your-access-key", AccessKeyFault::Placeholder),
            (zeros.as_str(), AccessKeyFault::Placeholder),
            ("not base64!", AccessKeyFault::NotBase64),
            ("endpoint=https://r.example/;accesskey=a2V5==", AccessKeyFault::ConnectionString),
            ("AAECAwQFBgcICQoLDA0ODw==", AccessKeyFault::TooShort),
        ] {
            assert_eq!(AccessKey::from_base64(text).unwrap_err(), fault, "{text}");
        }
    }

    #[test]
    fn reads_a_key_file_with_a_line_break_and_hides_it_in_debug() {
        // SEC-116
        let key = AccessKey::from_base64(&format!("{}\n", STANDARD.encode([1u8, 2].repeat(32)))).unwrap();
        assert_eq!((key.len(), format!("{key:?}")), (64, "AccessKey(…)".to_owned()));
    }

    #[test]
    fn reads_a_connection_string_in_any_order_and_case() {
        let read = Some(("https://r.example/", "a2V5=="));
        for text in [
            "endpoint=https://r.example/;accesskey=a2V5==",
            "Endpoint=https://r.example/;AccessKey=a2V5==;",
            " accesskey=a2V5== ; endpoint=https://r.example/ \n",
        ] {
            assert_eq!(split_connection_string(text), read, "{text}");
        }
        for text in ["", "endpoint=x", "accesskey=x", "endpoint=x;endpoint=y;accesskey=z", "endpoint=x;accesskey=y;z"] {
            assert_eq!(split_connection_string(text), None, "{text}");
        }
    }
}
