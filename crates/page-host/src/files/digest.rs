use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest as _, Sha384};

use crate::Header;

/// A SHA-384 hash of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest([u8; 48]);

impl Digest {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::from_hash(&Sha384::digest(bytes))
    }

    fn from_hash(hash: &[u8]) -> Self {
        let mut digest = [0; 48];
        digest.copy_from_slice(hash);
        Self(digest)
    }

    /// The hash of a file together with its headers. A length comes before each part, so that no two responses are the
    /// same bytes.
    pub(super) fn of_response(headers: &[Header], bytes: &[u8]) -> Self {
        let mut hash = Sha384::new();
        let parts = headers.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).chain([bytes]);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self::from_hash(&hash.finalize())
    }

    /// The part of the hash that is in the file's name: 64 bits, as 16 hexadecimal digits.
    pub(super) fn in_name(&self) -> String {
        self.0[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The value of an `integrity` attribute.
    pub(super) fn integrity(&self) -> String {
        format!("sha384-{}", BASE64_STANDARD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_is_that_of_the_specification() {
        // W3C Subresource Integrity, section 3.5: `alert('Hello, world.');`
        let expected = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO";
        assert_eq!(Digest::of(b"alert('Hello, world.');").integrity(), expected);
    }

    #[test]
    fn keeps_leading_zeros_in_names() {
        let digest = Digest([0; 48]);
        assert_eq!(digest.in_name(), "0000000000000000");
    }

    #[test]
    fn the_digest_of_a_response_covers_headers_and_content() {
        let headers = |value: &str| vec![("content-security-policy", value.to_owned())];
        let digest = Digest::of_response(&headers("a"), b"x");
        assert_ne!(digest, Digest::of_response(&headers("b"), b"x"));
        assert_ne!(digest, Digest::of_response(&headers("a"), b"y"));
        assert_ne!(Digest::of_response(&headers("a"), b"bx"), Digest::of_response(&headers("ab"), b"x"));
    }
}
