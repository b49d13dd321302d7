use contract::UnixTime;
use messages::json::{self, Json, Malformed};
use serde::Serialize;

use super::{
    app::App,
    now::{HostClock, Now, difference},
    site::Site,
};
use crate::{
    config::{Config, ProfileKind},
    pkce::{Entropy, Nonce, State, Verifier},
};

/// How many seconds a person may take at the authority.
const MAX_TRANSACTION_AGE: i64 = 600;

/// If the wall clock and the host's clock differ by more seconds, one of them is wrong.
const HOST_CLOCK_TOLERANCE: i64 = 60;

/// A sign-in that waits for its authorization response.
///
/// Only the redirect flow stores it, because the page that sent the request is gone when the response comes. It is the
/// only stored secret: in `sessionStorage`, and removed before anything else happens (SEC-027).
#[derive(Debug)]
pub(super) struct PendingSignIn {
    pub(super) verifier: Verifier,
    pub(super) state: State,
    pub(super) nonce: Nonce,
    /// Whether the request was sent with `prompt=none`.
    pub(super) silent: bool,
}

/// A transaction that was stored in `sessionStorage`.
#[derive(Debug)]
pub(super) enum Transaction {
    /// An administrator left to grant consent.
    Consent { state: State },
    /// A person left to sign in with the profile of this index.
    SignIn { pending: PendingSignIn, profile: usize },
}

/// Why a stored transaction cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransactionError {
    Expired,
    /// This page did not write it, or wrote it with another configuration (mix-up, RFC 9700 §4.4).
    Foreign,
}

/// ```json
/// {
///   "signIn": {
///     "verifier": "AQEB…", "state": "AgIC…", "nonce": "AwMD…", "silent": false, "profile": "default",
///     "authority": "https://login.microsoftonline.com/organizations",
///     "clientId": "acc00000-0000-4000-8000-000000000010", "redirectUri": "https://page.example/",
///     "started": { "at": 1795248000, "clockOffset": 0, "host": 1795248000 }
///   }
/// }
/// ```
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum StoredTransaction {
    Consent(StoredConsent),
    SignIn(StoredSignIn),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredConsent {
    state: String,
    started: StartTimes,
}

/// When a transaction started, by each clock.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartTimes {
    /// The time of the wall clock.
    at: UnixTime,
    /// How many seconds the wall clock was ahead of the monotonic clock.
    clock_offset: i64,
    /// The time of the clock of the page's host.
    host: Option<UnixTime>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredSignIn {
    verifier: String,
    state: String,
    nonce: String,
    silent: bool,
    profile: String,
    authority: String,
    client_id: String,
    redirect_uri: String,
    started: StartTimes,
}

impl StoredTransaction {
    fn from_json(text: &str) -> Result<Self, Malformed> {
        let (name, content) = json::read(text.as_bytes())?.variant()?;
        let mut content = content.into_object();
        let started = StartTimes::from_json(content.take("started"))?;
        let read = match name.as_str() {
            "consent" => Self::Consent(StoredConsent { state: content.text("state"), started }),
            "signIn" => Self::SignIn(StoredSignIn {
                verifier: content.text("verifier"),
                state: content.text("state"),
                nonce: content.text("nonce"),
                silent: content.flag("silent"),
                profile: content.text("profile"),
                authority: content.text("authority"),
                client_id: content.text("clientId"),
                redirect_uri: content.text("redirectUri"),
                started,
            }),
            _ => return Err(Malformed),
        };
        content.finish_without_others().map(|()| read)
    }
}

impl PendingSignIn {
    pub(super) fn new(entropy: &Entropy, silent: bool) -> Self {
        Self {
            verifier: Verifier::new(&entropy.verifier),
            state: State::new(&entropy.state),
            nonce: Nonce::new(&entropy.nonce),
            silent,
        }
    }

    /// The text for `sessionStorage`.
    pub(super) fn to_stored(&self, site: &Site, app: &App, now: Now) -> String {
        let config = &site.config;
        text(&StoredTransaction::SignIn(StoredSignIn {
            verifier: self.verifier.expose().to_owned(),
            state: self.state.as_str().to_owned(),
            nonce: self.nonce.as_str().to_owned(),
            silent: self.silent,
            profile: config.profiles[app.profile].name.clone(),
            authority: app.application.authority.as_str().to_owned(),
            client_id: app.application.client_id.as_str().to_owned(),
            redirect_uri: config.redirect_uri.as_str().to_owned(),
            started: StartTimes::new(now, site.host_clock),
        }))
    }
}

impl Transaction {
    /// The text for `sessionStorage` of an administrator's consent.
    pub(super) fn consent_to_stored(state: &State, host_clock: Option<HostClock>, now: Now) -> String {
        let state = state.as_str().to_owned();
        text(&StoredTransaction::Consent(StoredConsent { state, started: StartTimes::new(now, host_clock) }))
    }

    pub(super) fn from_stored(
        text: &str,
        config: &Config,
        host_clock: Option<HostClock>,
        now: Now,
    ) -> Result<Self, TransactionError> {
        match StoredTransaction::from_json(text).map_err(|Malformed| TransactionError::Foreign)? {
            StoredTransaction::Consent(StoredConsent { state, started }) => {
                started.check_age(host_clock, now)?;
                let state = State::from_stored(&state).ok_or(TransactionError::Foreign)?;
                Ok(Self::Consent { state })
            }
            StoredTransaction::SignIn(stored) => stored.check(config, host_clock, now),
        }
    }
}

impl StoredSignIn {
    fn check(self, config: &Config, host_clock: Option<HostClock>, now: Now) -> Result<Transaction, TransactionError> {
        let profile = config.profiles.iter().position(|profile| profile.name == self.profile);
        let profile = profile.ok_or(TransactionError::Foreign)?;
        let ProfileKind::Entra(application) = &config.profiles[profile].kind else {
            return Err(TransactionError::Foreign);
        };
        let ours = self.authority == application.authority.as_str()
            && self.client_id == application.client_id.as_str()
            && self.redirect_uri == config.redirect_uri.as_str();
        if !ours {
            return Err(TransactionError::Foreign);
        }
        self.started.check_age(host_clock, now)?;
        let parts =
            (Verifier::from_stored(&self.verifier), State::from_stored(&self.state), Nonce::from_stored(&self.nonce));
        match parts {
            (Some(verifier), Some(state), Some(nonce)) => {
                let pending = PendingSignIn { verifier, state, nonce, silent: self.silent };
                Ok(Transaction::SignIn { pending, profile })
            }
            _ => Err(TransactionError::Foreign),
        }
    }
}

impl StartTimes {
    fn from_json(times: Json) -> Result<Self, Malformed> {
        let mut times = times.into_object();
        let (at, clock_offset) = (times.take("at").as_u64(), times.take("clockOffset").as_i64());
        let host = match times.take("host") {
            Json::Missing | Json::Null => None,
            host => times.require(host.as_u64()),
        };
        let read = Self {
            at: UnixTime::from_seconds(times.require(at).unwrap_or_default()),
            clock_offset: times.require(clock_offset).unwrap_or_default(),
            host: host.map(UnixTime::from_seconds),
        };
        times.finish_without_others().map(|()| read)
    }

    fn new(now: Now, host_clock: Option<HostClock>) -> Self {
        Self { at: now.wall, clock_offset: now.offset(), host: host_clock.map(|clock| clock.at(now)) }
    }

    /// Checks that the transaction is at most ten minutes old.
    ///
    /// The wall clock may be corrected meanwhile (REP-04). A change of its offset from the monotonic clock is a
    /// correction and not elapsed time. But a browser may restart the monotonic clock for the second page, from the
    /// wall clock of that moment. So the smallest of the measured ages decides, and a start in the future means that a
    /// clock was set back. The authority limits the age of the code by its own clock, also to ten minutes.
    fn check_age(&self, host_clock: Option<HostClock>, now: Now) -> Result<(), TransactionError> {
        let age = difference(now.wall, self.at);
        let moved = now.offset().saturating_sub(self.clock_offset);
        let by_host = self.age_by_host(host_clock, now).unwrap_or(age);
        let check_age = age.min(age.saturating_sub(moved)).min(by_host) <= MAX_TRANSACTION_AGE;
        if check_age { Ok(()) } else { Err(TransactionError::Expired) }
    }

    /// The age by the clock of the page's host. `None` unless the wall clock was behind that clock and is correct now,
    /// which means that it was corrected. In all other cases the host's clock is ignored, because a cache may have sent
    /// an old date. With an old date, the wall clock looks ahead and never behind.
    fn age_by_host(&self, host_clock: Option<HostClock>, now: Now) -> Option<i64> {
        let (then, now_there) = (self.host?, host_clock?.at(now));
        let was_behind = difference(then, self.at) > HOST_CLOCK_TOLERANCE;
        let is_right = (-HOST_CLOCK_TOLERANCE..=HOST_CLOCK_TOLERANCE).contains(&difference(now_there, now.wall));
        (was_behind && is_right).then(|| difference(now_there, then))
    }
}

fn text(stored: &StoredTransaction) -> String {
    json::write(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::parse(crate::config::tests::GOOD).unwrap()
    }

    fn stored() -> String {
        text(&StoredTransaction::SignIn(StoredSignIn {
            verifier: Verifier::new(&[1; 32]).expose().to_owned(),
            state: State::new(&[2; 32]).as_str().to_owned(),
            nonce: Nonce::new(&[3; 32]).as_str().to_owned(),
            silent: false,
            profile: "default".to_owned(),
            authority: "https://login.example/organizations".to_owned(),
            client_id: "acc00000-0000-4000-8000-000000000010".to_owned(),
            redirect_uri: "https://page.example/".to_owned(),
            started: StartTimes::new(1000.into(), None),
        }))
    }

    #[test]
    fn a_stored_transaction_is_read_again() {
        let Ok(Transaction::SignIn { pending, profile: 0 }) =
            Transaction::from_stored(&stored(), &config(), None, 1600.into())
        else {
            panic!("the transaction is refused");
        };
        assert_eq!((pending.state, pending.nonce), (State::new(&[2; 32]), Nonce::new(&[3; 32])));
        assert_eq!(pending.verifier.expose(), Verifier::new(&[1; 32]).expose());
    }

    #[test]
    fn an_old_transaction_is_refused() {
        // SEC-027
        let consent = Transaction::consent_to_stored(&State::new(&[2; 32]), None, 1000.into());
        for now in [1601, u64::MAX] {
            for text in [stored(), consent.clone()] {
                let outcome = Transaction::from_stored(&text, &config(), None, now.into());
                assert_eq!(outcome.unwrap_err(), TransactionError::Expired);
            }
        }
    }

    #[test]
    fn a_transaction_of_another_authority_or_form_is_refused() {
        // SEC-007
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
                Transaction::from_stored(&bad, &config(), None, 1000.into()).unwrap_err(),
                TransactionError::Foreign,
                "{bad}"
            );
        }
    }

    #[test]
    fn rep_04_a_wall_clock_that_is_corrected_meanwhile_makes_no_transaction_older() {
        let consent = Transaction::consent_to_stored(&State::new(&[2; 32]), None, 1000.into());
        let outcome = |text: &str, wall, monotonic| {
            Transaction::from_stored(text, &config(), None, Now { wall: UnixTime::from_seconds(wall), monotonic })
                .map(drop)
        };
        for text in [stored(), consent] {
            // Away for three seconds, or for ten minutes, while the clock was set forward or back.
            for (wall, monotonic) in [(8203, 1003), (3, 1003), (8800, 1600), (400, 1600), (401, 1601)] {
                assert_eq!(outcome(&text, wall, monotonic), Ok(()), "{wall} {monotonic}");
            }
            // The monotonic clock restarted from a wall clock that was correct by then.
            assert_eq!(outcome(&text.replace("\"clockOffset\":0", "\"clockOffset\":-7200"), 1003, 1003), Ok(()));
            // The same, and by then the wall clock had been set back.
            assert_eq!(outcome(&text, 3, 3), Ok(()));
            for (wall, monotonic) in [(8801, 1601), (1601, 1601)] {
                assert_eq!(outcome(&text, wall, monotonic), Err(TransactionError::Expired), "{wall} {monotonic}");
            }
        }
        // No overflow.
        let absurd = stored().replace("\"clockOffset\":0", &format!("\"clockOffset\":{}", i64::MIN));
        assert_eq!(outcome(&absurd, u64::MAX, 0), Ok(()));
        let absurd = stored().replace("\"clockOffset\":0", &format!("\"clockOffset\":{}", i64::MAX));
        assert_eq!(outcome(&absurd, u64::MAX, 0), Err(TransactionError::Expired));
    }

    #[test]
    fn rep_04_a_clock_that_was_behind_and_is_corrected_meanwhile_is_recognized_by_the_hosts_clock() {
        // In Chromium each document's monotonic clock starts from the wall clock.
        let both = |seconds: u64| Now::from(seconds);
        let host = |date: u64, seconds: u64| Some(HostClock::new(UnixTime::from_seconds(date), both(seconds)));
        let kept = |host_clock| Transaction::consent_to_stored(&State::new(&[2; 32]), host_clock, both(1000));
        let outcome = |text: &str, host_clock, seconds| {
            Transaction::from_stored(text, &config(), host_clock, both(seconds)).map(drop)
        };
        // Two hours behind, loaded ten minutes before the click.
        let behind = kept(host(7600, 400));
        for (seconds, host_clock, expected) in [
            (8203, host(8203, 8203), Ok(())),
            (8800, host(8800, 8800), Ok(())),
            (8800, host(8860, 8800), Err(TransactionError::Expired)),
            (8801, host(8801, 8801), Err(TransactionError::Expired)),
            // The host's clock is unknown now, or shows another time.
            (8203, None, Err(TransactionError::Expired)),
            (8203, host(8300, 8203), Err(TransactionError::Expired)),
            (8203, host(8100, 8203), Err(TransactionError::Expired)),
            // The clock was wrong and still is.
            (1600, host(8800, 1600), Ok(())),
            (1601, host(8801, 1601), Err(TransactionError::Expired)),
        ] {
            assert_eq!(outcome(&behind, host_clock, seconds), expected, "{seconds} {host_clock:?}");
        }
        // A correct clock, and a host or cache whose dates are fixed or old: they make no transaction younger.
        for date in [0, 400, 940, 1000, 1060] {
            for (seconds, then) in [(1601, date), (1601, 1000), (1601, 1541), (1601, 1601), (8203, 8203), (u64::MAX, 0)]
            {
                let outcome = outcome(&kept(host(date, 1000)), host(then, seconds), seconds);
                assert_eq!(outcome, Err(TransactionError::Expired), "{date} {seconds} {then}");
            }
        }
    }
}
