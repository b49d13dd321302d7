//! Random identifiers, or for a reproducible run, identifiers derived from a seed number.

use std::{collections::BTreeMap, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use uuid::Builder;

/// A source of identifiers. Clones share the same source.
#[derive(Clone, Debug)]
pub(crate) struct Random(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Numbered { number: u64, counts: Arc<Mutex<BTreeMap<&'static str, u64>>> },
}

/// The purpose of an identifier. Each has its own sequence, so that one more request id does not change the next
/// authorization code.
type Purpose = &'static str;

impl Random {
    /// The operating system's random source.
    pub(crate) fn system() -> Self {
        Self(Source::System)
    }

    /// The sequences of this seed number. They are predictable, so they protect nothing.
    pub(crate) fn numbered(number: u64) -> Self {
        Self(Source::Numbered { number, counts: Arc::default() })
    }

    /// Restarts every numbered sequence.
    pub(crate) fn restart(&self) {
        if let Source::Numbered { counts, .. } = &self.0 {
            counts.lock().clear();
        }
    }

    /// 256 bits in base64url, for authorization codes, refresh tokens and session ids.
    pub(crate) fn token(&self, purpose: Purpose) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>(purpose))
    }

    /// A GUID of version 4 (RFC 9562).
    pub(crate) fn guid(&self, purpose: Purpose) -> String {
        Builder::from_random_bytes(self.bytes::<16>(purpose)).into_uuid().to_string()
    }

    /// 128 bits in base64url, like Entra's `uti` claim.
    pub(crate) fn short(&self, purpose: Purpose) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<16>(purpose))
    }

    /// A key id of 160 bits in base64url. Like Entra's, it looks like a SHA-1 thumbprint, because it is also the key's
    /// `x5t`.
    pub(crate) fn thumbprint(&self, purpose: Purpose) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<20>(purpose))
    }

    fn bytes<const N: usize>(&self, purpose: Purpose) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => {
                aws_lc_rs::rand::fill(&mut bytes).expect("the system's random source never fails once it is seeded");
            }
            Source::Numbered { number, counts } => {
                let mut counts = counts.lock();
                let count = counts.entry(purpose).or_default();
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
    fn a_generated_guid_is_a_guid_and_differs_from_the_next() {
        for random in [Random::system(), Random::numbered(1)] {
            assert!(is_guid(&random.guid("test")));
            assert_ne!(random.guid("test"), random.guid("test"));
        }
    }

    #[test]
    fn a_seed_number_determines_one_sequence_for_each_purpose() {
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
