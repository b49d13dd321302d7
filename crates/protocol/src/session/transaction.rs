use serde::{Deserialize, Serialize};

use super::App;
use crate::{
    config::{Config, Entry},
    json,
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
    /// The person was not to be asked anything.
    pub(super) silent: bool,
}

/// What waited in `sessionStorage`.
#[derive(Debug)]
pub(super) enum Transaction {
    /// An administrator went to grant consent.
    Consent { state: State },
    /// Somebody went to sign in, with this profile.
    SignIn { pending: Pending, profile: usize },
}

/// Why a stored transaction is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotPending {
    Expired,
    /// Not one of ours, or of a page with another configuration (mix-up, RFC 9700 §4.4).
    Foreign,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Stored {
    Consent(StoredConsent),
    SignIn(StoredSignIn),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredConsent {
    state: String,
    started_at: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredSignIn {
    verifier: String,
    state: String,
    nonce: String,
    silent: bool,
    profile: String,
    authority: String,
    client_id: String,
    redirect_uri: String,
    started_at: u64,
}

impl Pending {
    pub(super) fn new(entropy: &Entropy, silent: bool) -> Self {
        Self {
            verifier: Verifier::new(&entropy.verifier),
            state: State::new(&entropy.state),
            nonce: Nonce::new(&entropy.nonce),
            silent,
        }
    }

    /// The text for `sessionStorage`.
    pub(super) fn to_stored(&self, app: &App, now: u64) -> String {
        let config = &app.site.config;
        text(&Stored::SignIn(StoredSignIn {
            verifier: self.verifier.expose().to_owned(),
            state: self.state.as_str().to_owned(),
            nonce: self.nonce.as_str().to_owned(),
            silent: self.silent,
            profile: config.profiles[app.profile].name.clone(),
            authority: app.application.authority.as_str().to_owned(),
            client_id: app.application.client_id.as_str().to_owned(),
            redirect_uri: config.redirect_uri.as_str().to_owned(),
            started_at: now,
        }))
    }
}

impl Transaction {
    /// The text for `sessionStorage` of an administrator's errand.
    pub(super) fn consent_to_stored(state: &State, now: u64) -> String {
        text(&Stored::Consent(StoredConsent { state: state.as_str().to_owned(), started_at: now }))
    }

    pub(super) fn from_stored(text: &str, config: &Config, now: u64) -> Result<Self, NotPending> {
        match json::read(text).map_err(|_| NotPending::Foreign)? {
            Stored::Consent(StoredConsent { state, started_at }) => {
                is_fresh(started_at, now)?;
                let state = State::from_stored(&state).ok_or(NotPending::Foreign)?;
                Ok(Self::Consent { state })
            }
            Stored::SignIn(stored) => stored.check(config, now),
        }
    }
}

impl StoredSignIn {
    fn check(self, config: &Config, now: u64) -> Result<Transaction, NotPending> {
        let profile = config.profiles.iter().position(|profile| profile.name == self.profile);
        let profile = profile.ok_or(NotPending::Foreign)?;
        let Entry::Entra(application) = &config.profiles[profile].entry else { return Err(NotPending::Foreign) };
        let ours = self.authority == application.authority.as_str()
            && self.client_id == application.client_id.as_str()
            && self.redirect_uri == config.redirect_uri.as_str();
        if !ours {
            return Err(NotPending::Foreign);
        }
        is_fresh(self.started_at, now)?;
        let parts =
            (Verifier::from_stored(&self.verifier), State::from_stored(&self.state), Nonce::from_stored(&self.nonce));
        match parts {
            (Some(verifier), Some(state), Some(nonce)) => {
                let pending = Pending { verifier, state, nonce, silent: self.silent };
                Ok(Transaction::SignIn { pending, profile })
            }
            _ => Err(NotPending::Foreign),
        }
    }
}

/// How far a clock may be set back while the person is at Entra, in seconds.
const SET_BACK: u64 = 60;

/// A start in the future means that the clock was set back: by more than a little, nobody knows how old it is.
fn is_fresh(started_at: u64, now: u64) -> Result<(), NotPending> {
    let in_time = now.saturating_add(SET_BACK) >= started_at && now.saturating_sub(started_at) <= MAX_AGE;
    if in_time { Ok(()) } else { Err(NotPending::Expired) }
}

fn text(stored: &Stored) -> String {
    json::write(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::parse(crate::config::tests::GOOD).unwrap()
    }

    fn stored() -> String {
        text(&Stored::SignIn(StoredSignIn {
            verifier: Verifier::new(&[1; 32]).expose().to_owned(),
            state: State::new(&[2; 32]).as_str().to_owned(),
            nonce: Nonce::new(&[3; 32]).as_str().to_owned(),
            silent: false,
            profile: "default".to_owned(),
            authority: "https://login.example/organizations".to_owned(),
            client_id: "acc00000-0000-4000-8000-000000000010".to_owned(),
            redirect_uri: "https://page.example/".to_owned(),
            started_at: 1000,
        }))
    }

    #[test]
    fn what_was_stored_comes_back() {
        let Ok(Transaction::SignIn { pending, profile: 0 }) = Transaction::from_stored(&stored(), &config(), 1600)
        else {
            panic!("it is ours");
        };
        assert_eq!((pending.state, pending.nonce), (State::new(&[2; 32]), Nonce::new(&[3; 32])));
        assert_eq!(pending.verifier.expose(), Verifier::new(&[1; 32]).expose());
    }

    #[test]
    fn an_old_transaction_or_one_from_the_future_is_refused() {
        // security 27
        let consent = Transaction::consent_to_stored(&State::new(&[2; 32]), 1000);
        for now in [939, 1601, u64::MAX] {
            for text in [stored(), consent.clone()] {
                assert_eq!(Transaction::from_stored(&text, &config(), now).unwrap_err(), NotPending::Expired);
            }
        }
    }

    #[test]
    fn a_transaction_of_another_authority_or_form_is_refused() {
        // security 7
        for bad in [
            stored().replace("login.example", "evil.example"),
            stored().replace("acc00000", "bcc00000"),
            stored().replace("page.example", "other.example"),
            stored().replace("\"default\"", "\"other\""),
            stored().replace("\"state\":\"", "\"state\":\"+"),
            stored().replace("}}", ",\"returnTo\":\"https://evil.example\"}}"),
            stored().replace("signIn", "tokens"),
            String::new(),
        ] {
            assert_eq!(Transaction::from_stored(&bad, &config(), 1000).unwrap_err(), NotPending::Foreign, "{bad}");
        }
    }
}
