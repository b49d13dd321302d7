//! The server's half of RFC 7636, method S256.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Section 4.6: whether `verifier` is what `challenge` was made of.
pub(crate) fn matches(verifier: &str, challenge: &str) -> bool {
    // Section 4.1: 43 to 128 characters of the unreserved set.
    let well_formed = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    well_formed && URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) == challenge
}

/// Section 4.2: a challenge is 32 bytes in base64url without padding.
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
    fn the_verifier_of_appendix_b_matches_its_challenge() {
        assert!(is_challenge(CHALLENGE));
        assert!(matches(VERIFIER, CHALLENGE));
    }

    #[test]
    fn another_verifier_does_not_match() {
        assert!(!matches("eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", CHALLENGE));
        assert!(!matches("", CHALLENGE));
        assert!(!matches(CHALLENGE, CHALLENGE));
    }

    #[test]
    fn a_challenge_of_another_length_is_none() {
        assert!(!is_challenge(""));
        assert!(!is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"));
        assert!(!is_challenge(&format!("{CHALLENGE}=")));
    }
}
