//! Identifiers nobody can guess; or, for a run that is to be repeated, the same ones every time.

use std::{collections::BTreeMap, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use uuid::Builder;

/// Where identifiers come from. Clones draw from the same place.
#[derive(Clone, Debug)]
pub(crate) struct Random(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Numbered { number: u64, drawn: Arc<Mutex<BTreeMap<&'static str, u64>>> },
}

/// Every purpose has a sequence of its own, so that one more request id does not change the next code.
type Purpose = &'static str;

impl Random {
    pub(crate) fn system() -> Self {
        Self(Source::System)
    }

    /// The sequences with this number, which are worthless as secrets.
    pub(crate) fn numbered(number: u64) -> Self {
        Self(Source::Numbered { number, drawn: Arc::default() })
    }

    /// Begins every sequence anew, if there are any.
    pub(crate) fn restart(&self) {
        if let Source::Numbered { drawn, .. } = &self.0 {
            drawn.lock().clear();
        }
    }

    /// 256 random bits in base64url: an authorization code, a refresh token, a session.
    pub(crate) fn token(&self, purpose: Purpose) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>(purpose))
    }

    /// A random GUID (RFC 9562 version 4).
    pub(crate) fn guid(&self, purpose: Purpose) -> String {
        Builder::from_random_bytes(self.bytes::<16>(purpose)).into_uuid().to_string()
    }

    /// 128 random bits in base64url, as Entra writes `uti`.
    pub(crate) fn short(&self, purpose: Purpose) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<16>(purpose))
    }

    /// The name of a key: like Entra's, in the form of a certificate's SHA-1 thumbprint, since it is its `x5t` too.
    pub(crate) fn thumbprint(&self, purpose: Purpose) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<20>(purpose))
    }

    fn bytes<const N: usize>(&self, purpose: Purpose) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => {
                aws_lc_rs::rand::fill(&mut bytes).expect("the system's random source never fails once it is seeded");
            }
            Source::Numbered { number, drawn } => {
                let mut drawn = drawn.lock();
                let count = drawn.entry(purpose).or_default();
                *count += 1;
                let hash = digest(&SHA256, format!("{number} {purpose} {count}").as_bytes());
                bytes.iter_mut().zip(hash.as_ref()).for_each(|(byte, hashed)| *byte = *hashed);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Random;
    use crate::guid::is_guid;

    #[test]
    fn a_random_guid_is_a_guid() {
        for random in [Random::system(), Random::numbered(1)] {
            assert!(is_guid(&random.guid("test")));
            assert_ne!(random.guid("test"), random.guid("test"));
        }
    }

    #[test]
    fn a_number_says_what_comes_and_each_purpose_has_its_own() {
        let (one, again, other) = (Random::numbered(1), Random::numbered(1), Random::numbered(2));
        assert_ne!(again.token("another"), again.short("yet another"));
        let first = one.token("test");
        assert_eq!(first, again.token("test"));
        assert_ne!(first, other.token("test"));
        assert_ne!(first, one.token("test"));
        one.restart();
        assert_eq!(first, one.token("test"));
    }
}
