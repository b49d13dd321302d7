//! Identifiers nobody can guess.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits in base64url: an authorization code, a refresh token, a session.
pub(crate) fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A random GUID (RFC 9562 version 4).
pub(crate) fn guid() -> String {
    let mut bytes = bytes::<16>();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Whether this is a GUID as Microsoft writes one: five groups of hexadecimal digits.
pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// 128 random bits in base64url, as Entra writes `uti`.
pub(crate) fn short() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<16>())
}

/// The name of a key: like Entra's, in the form of a certificate's SHA-1 thumbprint, since it is its `x5t` too.
pub(crate) fn thumbprint() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<20>())
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random source never fails once it is seeded");
    bytes
}

#[cfg(test)]
mod tests {
    use super::{guid, is_guid};

    #[test]
    fn a_random_guid_is_a_guid() {
        assert!(is_guid(&guid()));
        assert_ne!(guid(), guid());
    }

    #[test]
    fn what_only_resembles_a_guid_is_none() {
        for text in ["", "common", "00000000-0000-0000-0000-00000000000g", "00000000-0000-0000-0000-0000000000000"] {
            assert!(!is_guid(text), "{text}");
        }
    }
}
