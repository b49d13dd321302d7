use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    pkce::{Entropy, Nonce, State, Verifier},
};

/// How long a person may take at Entra, in seconds.
pub(super) const MAX_AGE: u64 = 600;

/// A sign-in that waits for the person's return.
///
/// The redirect flow is its only reason to be stored: the page that asked is gone when the answer comes. It is the one
/// secret that is ever written down, in `sessionStorage`, and it is removed before anything else happens.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) verifier: Verifier,
    pub(super) state: State,
    pub(super) nonce: Nonce,
}

/// Why a stored transaction is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotPending {
    Expired,
    /// Not one of ours, or of a page with another configuration (mix-up, RFC 9700 §4.4).
    Foreign,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    verifier: String,
    state: String,
    nonce: String,
    authority: String,
    client_id: String,
    redirect_uri: String,
    started_at: u64,
}

impl Pending {
    pub(super) fn new(entropy: &Entropy) -> Self {
        Self {
            verifier: Verifier::new(&entropy.verifier),
            state: State::new(&entropy.state),
            nonce: Nonce::new(&entropy.nonce),
        }
    }

    /// The text for `sessionStorage`.
    pub(super) fn to_stored(&self, config: &Config, now: u64) -> String {
        let stored = Stored {
            verifier: self.verifier.expose().to_owned(),
            state: self.state.as_str().to_owned(),
            nonce: self.nonce.as_str().to_owned(),
            authority: config.authority.as_str().to_owned(),
            client_id: config.client_id.as_str().to_owned(),
            redirect_uri: config.redirect_uri.as_str().to_owned(),
            started_at: now,
        };
        serde_json::to_string(&stored).expect("a struct of texts and a number serialises")
    }

    pub(super) fn from_stored(text: &str, config: &Config, now: u64) -> Result<Self, NotPending> {
        let stored: Stored = serde_json::from_str(text).map_err(|_| NotPending::Foreign)?;
        let ours = stored.authority == config.authority.as_str()
            && stored.client_id == config.client_id.as_str()
            && stored.redirect_uri == config.redirect_uri.as_str();
        if !ours {
            return Err(NotPending::Foreign);
        }
        // A start in the future means that the clock was set back: nobody knows how old it is.
        if now < stored.started_at || now - stored.started_at > MAX_AGE {
            return Err(NotPending::Expired);
        }
        let parts = (
            Verifier::from_stored(&stored.verifier),
            State::from_stored(&stored.state),
            Nonce::from_stored(&stored.nonce),
        );
        match parts {
            (Some(verifier), Some(state), Some(nonce)) => Ok(Self { verifier, state, nonce }),
            _ => Err(NotPending::Foreign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::parse(crate::config::tests::GOOD).unwrap()
    }

    fn pending() -> Pending {
        Pending::new(&Entropy { verifier: [1; 32], state: [2; 32], nonce: [3; 32] })
    }

    #[test]
    fn what_was_stored_comes_back() {
        let text = pending().to_stored(&config(), 1000);
        let back = Pending::from_stored(&text, &config(), 1600).unwrap();
        assert_eq!(
            (back.verifier.expose(), back.state, back.nonce),
            (pending().verifier.expose(), pending().state, pending().nonce)
        );
    }

    #[test]
    fn an_old_transaction_or_one_from_the_future_is_refused() {
        // security 27
        let text = pending().to_stored(&config(), 1000);
        for now in [999, 1601, u64::MAX] {
            assert_eq!(Pending::from_stored(&text, &config(), now).unwrap_err(), NotPending::Expired);
        }
    }

    #[test]
    fn a_transaction_of_another_authority_or_form_is_refused() {
        // security 7
        let text = pending().to_stored(&config(), 1000);
        for bad in [
            text.replace("login.example", "evil.example"),
            text.replace("acc00000", "bcc00000"),
            text.replace("page.example", "other.example"),
            text.replace("\"state\":\"", "\"state\":\"+"),
            text.replace('}', ",\"returnTo\":\"https://evil.example\"}"),
            String::new(),
        ] {
            assert_eq!(Pending::from_stored(&bad, &config(), 1000).unwrap_err(), NotPending::Foreign, "{bad}");
        }
    }
}
