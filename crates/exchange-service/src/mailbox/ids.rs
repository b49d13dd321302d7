//! The ids and keys of mailboxes. An id carries its expiry and a tag that only this deployment can make. So the server
//! keeps nothing about a mailbox until it has a response, and reservations cannot fill its memory.

use aws_lc_rs::{hmac, rand};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use contract::{UnixTime, mailbox::Reservation, secret::MailboxKey};
use zeroize::Zeroizing;

/// The life of a mailbox in seconds: longer than a person needs to sign in, shorter than a code is valid.
const MAILBOX_LIFETIME: u64 = 300;

/// How long an unread response is kept, in seconds. A waiting page gets it at once. A page whose wait was interrupted
/// asks again within half a minute, and may fail once more. Later the response is useless and only takes up memory
/// (REV-08).
const RESPONSE_LIFETIME: u64 = 60;

const RANDOM: usize = 16;
const NAME: usize = RANDOM + size_of::<u64>();
const TAG: usize = 32;

/// The purposes of tags, so that the tag of an id is never valid as a key, nor the reverse.
const FOR_ID: u8 = 1;
const FOR_KEY: u8 = 2;

/// The secret with which a deployment makes its ids. Its `Debug` hides it.
#[derive(Clone)]
pub(crate) struct MailboxSecret(hmac::Key);

/// A reserved mailbox that has not expired. Ordered by its expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reserved {
    pub(super) expires_at: UnixTime,
    pub(super) random: [u8; RANDOM],
}

impl MailboxSecret {
    /// A random secret, for a single instance.
    pub(super) fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; TAG]);
        fill(&mut *bytes);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &*bytes))
    }

    /// The secret that several instances share: at least 32 bytes in base64, not one byte repeated.
    pub(crate) fn from_base64(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
        let good = bytes.len() >= TAG && bytes.iter().any(|byte| *byte != bytes[0]);
        good.then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// Reserves a mailbox. The server keeps nothing about it.
    pub(crate) fn reserve(&self, now: UnixTime) -> Reservation {
        let mut random = [0; RANDOM];
        fill(&mut random);
        let reserved = Reserved { expires_at: now.after(MAILBOX_LIFETIME), random };
        let id = [&reserved.name()[..], self.tag(FOR_ID, &reserved).as_ref()].concat();
        let key = URL_SAFE_NO_PAD.encode(self.tag(FOR_KEY, &reserved));
        Reservation { id: URL_SAFE_NO_PAD.encode(id), key: MailboxKey::new(key) }
    }

    /// The mailbox with this id. `None` if this deployment did not make the id, or if it has expired.
    pub(crate) fn reserved(&self, id: &str, now: UnixTime) -> Option<Reserved> {
        let id: [u8; NAME + TAG] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
        let (name, tag) = id.split_at(NAME);
        let (expires_at, random) = name.split_at(size_of::<u64>());
        let reserved = Reserved {
            expires_at: UnixTime::from_seconds(u64::from_be_bytes(expires_at.try_into().ok()?)),
            random: random.try_into().ok()?,
        };
        (self.fits(FOR_ID, &reserved, tag) && now < reserved.expires_at).then_some(reserved)
    }

    /// Whether this is the key that was returned with that reservation.
    pub(crate) fn opens(&self, reserved: &Reserved, key: &str) -> bool {
        URL_SAFE_NO_PAD.decode(key).is_ok_and(|key| self.fits(FOR_KEY, reserved, &key))
    }

    fn tag(&self, purpose: u8, reserved: &Reserved) -> hmac::Tag {
        hmac::sign(&self.0, &reserved.tagged(purpose))
    }

    /// Verifies a tag in constant time.
    fn fits(&self, purpose: u8, reserved: &Reserved, tag: &[u8]) -> bool {
        hmac::verify(&self.0, &reserved.tagged(purpose), tag).is_ok()
    }
}

impl std::fmt::Debug for MailboxSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailboxSecret(…)")
    }
}

impl Reserved {
    /// When a response that arrives at `now` is dropped.
    pub(super) fn response_ends_at(&self, now: UnixTime) -> UnixTime {
        self.expires_at.min(now.after(RESPONSE_LIFETIME))
    }

    fn name(&self) -> [u8; NAME] {
        let mut name = [0; NAME];
        let (expires_at, random) = name.split_at_mut(size_of::<u64>());
        expires_at.copy_from_slice(&self.expires_at.seconds().to_be_bytes());
        random.copy_from_slice(&self.random);
        name
    }

    fn tagged(&self, purpose: u8) -> [u8; NAME + 1] {
        let mut tagged = [purpose; NAME + 1];
        tagged[1..].copy_from_slice(&self.name());
        tagged
    }
}

fn fill(bytes: &mut [u8]) {
    rand::fill(bytes).expect("the operating system has randomness, or TLS would not work either");
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_795_251_000);

    #[test]
    fn an_id_is_valid_for_five_minutes_and_opens_with_its_own_key() {
        let secret = MailboxSecret::generate();
        let Reservation { id, key } = secret.reserve(NOW);
        let reserved = secret.reserved(&id, NOW.after(299)).unwrap();
        assert!(secret.opens(&reserved, key.expose()));
        assert_eq!(secret.reserved(&id, NOW.after(300)), None);
    }

    #[test]
    fn refuses_an_id_that_was_not_reserved_here() {
        let (secret, other) = (MailboxSecret::generate(), MailboxSecret::generate());
        let id = secret.reserve(NOW).id;
        assert_eq!(other.reserved(&id, NOW), None);
        // Neither its expiry nor any other bit can be changed.
        for place in 0..NAME + TAG {
            let mut bytes = URL_SAFE_NO_PAD.decode(&id).unwrap();
            bytes[place] ^= 1;
            assert_eq!(secret.reserved(&URL_SAFE_NO_PAD.encode(bytes), NOW), None, "{place}");
        }
        for text in ["", "x", &id[1..], &format!("{id}A"), &format!("{id}="), &"A".repeat(id.len()), "é"] {
            assert_eq!(secret.reserved(text, NOW), None, "{text}");
        }
    }

    #[test]
    fn neither_the_id_nor_another_mailboxs_key_opens_a_mailbox() {
        let secret = MailboxSecret::generate();
        let (mine, other) = (secret.reserve(NOW), secret.reserve(NOW));
        let reserved = secret.reserved(&mine.id, NOW).unwrap();
        let tag = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(&mine.id).unwrap()[NAME..]);
        for key in ["", "x", &mine.id, &tag, other.key.expose(), &mine.key.expose()[1..]] {
            assert!(!secret.opens(&reserved, key), "{key}");
        }
    }

    #[test]
    fn a_shared_secret_is_long_and_not_a_placeholder() {
        let good = STANDARD.encode([1u8, 2].repeat(16));
        let secret = MailboxSecret::from_base64(&format!("{good}\n")).unwrap();
        assert_eq!(format!("{secret:?}"), "MailboxSecret(…)");
        let instance = MailboxSecret::from_base64(&good).unwrap();
        assert!(instance.reserved(&secret.reserve(NOW).id, NOW).is_some());
        for text in ["", "REPLACE", &STANDARD.encode([1u8, 2].repeat(15)), &STANDARD.encode([7; 32])] {
            assert!(MailboxSecret::from_base64(text).is_none(), "{text}");
        }
    }
}
