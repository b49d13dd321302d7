//! The server side of PKCE (RFC 7636), method S256 only.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Whether `challenge` was derived from `verifier` (RFC 7636 section 4.6).
pub(crate) fn matches(verifier: &str, challenge: &str) -> bool {
    // RFC 7636 section 4.1: 43 to 128 unreserved characters.
    let well_formed = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    well_formed && URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) == challenge
}

/// Whether `text` is a challenge: 32 bytes in base64url without padding (RFC 7636 section 4.2).
pub(crate) fn is_challenge(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::{is_challenge, matches};

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    // RFC 7636 appendix B
    #[test]
    fn matches_the_example_of_appendix_b() {
        assert!(is_challenge(CHALLENGE));
        assert!(matches(VERIFIER, CHALLENGE));
    }

    #[test]
    fn rejects_another_verifier() {
        assert!(!matches("eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", CHALLENGE));
        assert!(!matches("", CHALLENGE));
        assert!(!matches(CHALLENGE, CHALLENGE));
    }

    #[test]
    fn rejects_challenges_of_another_length() {
        assert!(!is_challenge(""));
        assert!(!is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"));
        assert!(!is_challenge(&format!("{CHALLENGE}=")));
    }
}
