//! Verifier, state and nonce of one sign-in, with 256 random bits each (SEC-002).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::secret::SecretText;
use sha2::{Digest, Sha256};

/// The randomness of one sign-in and of its retries. The caller provides it.
pub struct Entropy {
    /// The random bytes of the PKCE verifier.
    pub verifier: [u8; 32],
    /// The random bytes of `state`.
    pub state: [u8; 32],
    /// The random bytes of `nonce`.
    pub nonce: [u8; 32],
    /// The random bytes of the delays before retries, so that pages that failed together do not retry together. Not a
    /// secret.
    pub retry_delays: [u8; 32],
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

/// The PKCE code verifier (RFC 7636 §4.1). Not `Clone`, because it is used once.
#[derive(Debug)]
pub struct Verifier(SecretText);

impl Verifier {
    /// 43 characters that encode 32 random bytes, as RFC 7636 §4.1 recommends.
    pub fn new(random: &[u8; 32]) -> Self {
        Self(SecretText::new(encoded(random)))
    }

    /// Reads a stored verifier. `None` if the text does not have the form of one.
    pub fn from_stored(text: &str) -> Option<Self> {
        is_random(text).then(|| Self(SecretText::new(text.to_owned())))
    }

    /// `code_challenge` by S256 (RFC 7636 §4.2).
    pub fn challenge(&self) -> String {
        encoded(&Sha256::digest(self.expose()).into())
    }

    /// The verifier, for the token request or for the stored transaction.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// `state` (RFC 6749 §10.12): binds the authorization response to this tab. Not `Clone`, because it is used once.
#[derive(Debug, PartialEq, Eq)]
pub struct State(String);

/// `nonce` (OIDC Core §3.1.2.1): binds the ID token to this sign-in. Not `Clone`, because it is used once.
#[derive(Debug, PartialEq, Eq)]
pub struct Nonce(String);

macro_rules! random_text {
    ($name:ident) => {
        impl $name {
            /// 43 characters that encode 32 random bytes.
            pub fn new(random: &[u8; 32]) -> Self {
                Self(encoded(random))
            }

            /// Reads a stored value. `None` if the text is not one.
            pub fn from_stored(text: &str) -> Option<Self> {
                is_random(text).then(|| Self(text.to_owned()))
            }

            /// The text on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

random_text!(State);
random_text!(Nonce);

/// 32 bytes in base64url, which are 43 characters.
fn encoded(bytes: &[u8; 32]) -> String {
    let mut characters = [0; 43];
    // It fits exactly.
    let _length = URL_SAFE_NO_PAD.encode_slice(bytes, &mut characters);
    characters.map(char::from).into_iter().collect()
}

fn is_random(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        // SEC-001
        let verifier = Verifier::from_stored("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn verifier_state_and_nonce_carry_256_bits_in_43_unreserved_characters() {
        // SEC-002
        for byte in 0..=255 {
            let random = [byte; 32];
            let verifier = Verifier::new(&random);
            assert_eq!(URL_SAFE_NO_PAD.decode(verifier.expose()).unwrap(), random);
            assert!(is_random(verifier.expose()));
            assert!(is_random(State::new(&random).as_str()));
        }
    }

    #[test]
    fn a_stored_value_of_another_form_is_refused() {
        for bad in ["", "short", &"a".repeat(44), &"+".repeat(43), &"a ".repeat(21)] {
            assert!(State::from_stored(bad).is_none(), "{bad}");
            assert!(Verifier::from_stored(bad).is_none(), "{bad}");
        }
    }
}
