use serde::{Deserialize, Serialize};

use super::{App, Now, now::difference};
use crate::{
    config::{Config, Entry},
    json,
    pkce::{Entropy, Nonce, State, Verifier},
};

/// How long a person may take at Entra, in seconds.
const MAX_AGE: i64 = 600;

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
    clock_offset: i64,
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
    clock_offset: i64,
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
    pub(super) fn to_stored(&self, app: &App, now: Now) -> String {
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
            started_at: now.wall,
            clock_offset: now.offset(),
        }))
    }
}

impl Transaction {
    /// The text for `sessionStorage` of an administrator's errand.
    pub(super) fn consent_to_stored(state: &State, now: Now) -> String {
        let state = state.as_str().to_owned();
        text(&Stored::Consent(StoredConsent { state, started_at: now.wall, clock_offset: now.offset() }))
    }

    pub(super) fn from_stored(text: &str, config: &Config, now: Now) -> Result<Self, NotPending> {
        match json::read(text).map_err(|_| NotPending::Foreign)? {
            Stored::Consent(StoredConsent { state, started_at, clock_offset }) => {
                is_fresh(started_at, clock_offset, now)?;
                let state = State::from_stored(&state).ok_or(NotPending::Foreign)?;
                Ok(Self::Consent { state })
            }
            Stored::SignIn(stored) => stored.check(config, now),
        }
    }
}

impl StoredSignIn {
    fn check(self, config: &Config, now: Now) -> Result<Transaction, NotPending> {
        let profile = config.profiles.iter().position(|profile| profile.name == self.profile);
        let profile = profile.ok_or(NotPending::Foreign)?;
        let Entry::Entra(application) = &config.profiles[profile].entry else { return Err(NotPending::Foreign) };
        let ours = self.authority == application.authority.as_str()
            && self.client_id == application.client_id.as_str()
            && self.redirect_uri == config.redirect_uri.as_str();
        if !ours {
            return Err(NotPending::Foreign);
        }
        is_fresh(self.started_at, self.clock_offset, now)?;
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

/// Whether the person was away for ten minutes at most.
///
/// The wall clock may be corrected meanwhile. What it was moved by against the monotonic clock is not time, as far as
/// that clock is known to both pages: a browser may begin it anew for the second one, by the wall clock of then. So one of
/// both measures is enough, and a start in the future is a clock that was set back. A code lives for ten minutes at the
/// authority, whatever the clocks here say.
fn is_fresh(started_at: u64, clock_offset: i64, now: Now) -> Result<(), NotPending> {
    let age = difference(now.wall, started_at);
    let moved = now.offset().saturating_sub(clock_offset);
    if age.min(age.saturating_sub(moved)) <= MAX_AGE { Ok(()) } else { Err(NotPending::Expired) }
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
            clock_offset: 0,
        }))
    }

    #[test]
    fn what_was_stored_comes_back() {
        let Ok(Transaction::SignIn { pending, profile: 0 }) =
            Transaction::from_stored(&stored(), &config(), 1600.into())
        else {
            panic!("it is ours");
        };
        assert_eq!((pending.state, pending.nonce), (State::new(&[2; 32]), Nonce::new(&[3; 32])));
        assert_eq!(pending.verifier.expose(), Verifier::new(&[1; 32]).expose());
    }

    #[test]
    fn an_old_transaction_is_refused() {
        // security 27
        let consent = Transaction::consent_to_stored(&State::new(&[2; 32]), 1000.into());
        for now in [1601, u64::MAX] {
            for text in [stored(), consent.clone()] {
                assert_eq!(Transaction::from_stored(&text, &config(), now.into()).unwrap_err(), NotPending::Expired);
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
            assert_eq!(
                Transaction::from_stored(&bad, &config(), 1000.into()).unwrap_err(),
                NotPending::Foreign,
                "{bad}"
            );
        }
    }

    #[test]
    fn rep_04_a_wall_clock_that_is_corrected_meanwhile_makes_no_transaction_older() {
        let consent = Transaction::consent_to_stored(&State::new(&[2; 32]), 1000.into());
        let outcome =
            |text: &str, wall, steady| Transaction::from_stored(text, &config(), Now { wall, steady }).map(drop);
        for text in [stored(), consent] {
            // Away for three seconds, or for ten minutes, while the clock was set forward or back.
            for (wall, steady) in [(8203, 1003), (3, 1003), (8800, 1600), (400, 1600), (401, 1601)] {
                assert_eq!(outcome(&text, wall, steady), Ok(()), "{wall} {steady}");
            }
            // The monotonic clock began anew, by a wall clock that was right by then.
            assert_eq!(outcome(&text.replace("\"clockOffset\":0", "\"clockOffset\":-7200"), 1003, 1003), Ok(()));
            // The same, and by then the wall clock had been set back.
            assert_eq!(outcome(&text, 3, 3), Ok(()));
            for (wall, steady) in [(8801, 1601), (1601, 1601)] {
                assert_eq!(outcome(&text, wall, steady), Err(NotPending::Expired), "{wall} {steady}");
            }
        }
        // No overflow.
        let absurd = stored().replace("\"clockOffset\":0", &format!("\"clockOffset\":{}", i64::MIN));
        assert_eq!(outcome(&absurd, u64::MAX, 0), Ok(()));
        let absurd = stored().replace("\"clockOffset\":0", &format!("\"clockOffset\":{}", i64::MAX));
        assert_eq!(outcome(&absurd, u64::MAX, 0), Err(NotPending::Expired));
    }
}
