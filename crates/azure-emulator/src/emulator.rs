//! The emulator itself: its settings, its memory, and what tests may do to it.

use std::{collections::VecDeque, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use parking_lot::{Mutex, MutexGuard};

use crate::{
    accounts::Account,
    adjustable_clock::Clock,
    fault::Tampering,
    jwt::{DevelopmentKey, SigningKey},
    random::Random,
    registrations::Application,
    seed::Seed,
    state::{State, TokenRequest},
};

/// The access key of the emulated ACS resource. Everyone knows it, so it is worth nothing.
pub const ACCESS_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

/// How an emulator is set up. All of it is said, so that no test depends on a default.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Entra listener as clients see it, without a trailing slash. It is in every issuer.
    pub entra_url: String,
    /// The ACS listener as its clients see it, without a trailing slash.
    pub acs_url: String,
    /// The time by which everything is issued and expires.
    pub clock: Clock,
    /// Whether the sign-in pages send `Cross-Origin-Opener-Policy: same-origin`.
    pub coop: bool,
}

/// Entra and ACS. Clones are the same emulator.
#[derive(Clone, Debug)]
pub struct Emulator {
    inner: Arc<Inner>,
    /// What is wrong for the one request that this clone serves, besides what is wrong for all.
    asked: Tampering,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    access_key: Vec<u8>,
    acs_signing_key: SigningKey,
    random: Random,
    seed: Seed,
    /// Apart from the memory, because the time depends on it.
    tampering: Mutex<Tampering>,
    state: Mutex<State>,
}

impl Emulator {
    /// A new one with new signing keys and nobody signed in.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::with_seed(options, Seed::default())
    }

    /// A new one that begins with what `seed` says.
    #[must_use]
    pub fn with_seed(options: Options, seed: Seed) -> Self {
        let access_key = STANDARD.decode(ACCESS_KEY).expect("the constant is base64");
        let random = seed.number.map_or_else(Random::system, Random::numbered);
        let state = seed.state(&random, first_key(&seed, &random));
        let acs_signing_key = match seed.number {
            Some(_) => SigningKey::development(DevelopmentKey::Acs, &random),
            None => SigningKey::generate(&random),
        };
        let (tampering, state) = (Mutex::new(seed.fault), Mutex::new(state));
        let inner = Inner { options, access_key, acs_signing_key, random, seed, tampering, state };
        Self { inner: Arc::new(inner), asked: Tampering::NONE }
    }

    /// Forgets everything that happened. The signing keys stay, because clients remember them, unless the seed has a
    /// number: then everything begins anew. The clock stays in any case.
    pub fn reset(&self) {
        let Inner { seed, random, .. } = &*self.inner;
        self.tamper(seed.fault);
        let mut state = self.state();
        random.restart();
        let keys = match seed.number {
            Some(_) => first_key(seed, random),
            None => std::mem::take(&mut state.signing_keys),
        };
        *state = seed.state(random, keys);
    }

    /// The connection string of the emulated ACS resource.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!("endpoint={}/;accesskey={ACCESS_KEY}", self.inner.options.acs_url)
    }

    /// Puts the clock forward.
    pub fn advance(&self, seconds: u64) {
        self.inner.options.clock.advance(seconds);
    }

    /// Signs with a new key from now on. The old ones stay published, and what they signed stays valid.
    pub fn rotate_signing_keys(&self) {
        let Inner { seed, random, .. } = &*self.inner;
        let mut state = self.state();
        let key = match (seed.number, state.signing_keys.len() % 2) {
            (None, _) => SigningKey::generate(random),
            (Some(_), 0) => SigningKey::development(DevelopmentKey::EntraFirst, random),
            (Some(_), _) => SigningKey::development(DevelopmentKey::EntraSecond, random),
        };
        state.signing_keys.push_front(Arc::new(key));
    }

    /// Does this wrong from now on, instead of what it did wrong before.
    pub fn tamper(&self, tampering: Tampering) {
        *self.inner.tampering.lock() = tampering;
    }

    /// The last requests to the token endpoint, oldest first.
    #[must_use]
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.state().token_log.to_vec()
    }

    /// Whether this is a refresh token of its own.
    #[must_use]
    pub fn has_issued_refresh_token(&self, text: &str) -> bool {
        self.state().refresh_tokens.contains_key(text)
    }

    /// How often the signing keys were asked for.
    #[must_use]
    pub fn key_requests(&self) -> usize {
        self.state().key_requests
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// The same emulator for a request that asks for these faults.
    pub(crate) fn with_faults(&self, asked: Tampering) -> Self {
        Self { inner: Arc::clone(&self.inner), asked }
    }

    /// What is wrong for everyone.
    pub(crate) fn switched(&self) -> Tampering {
        *self.inner.tampering.lock()
    }

    /// What is wrong for this request, whoever it is about.
    pub(crate) fn tampering(&self) -> Tampering {
        self.asked.over(self.switched())
    }

    /// What is wrong for this request, which is about `account`.
    pub(crate) fn tampering_for(&self, account: &Account) -> Tampering {
        self.asked.over(account.fault).over(self.switched())
    }

    /// The time by nobody's clock but the one of the options.
    pub(crate) fn now(&self) -> u64 {
        self.inner.options.clock.now()
    }

    /// The time by Entra's clock.
    pub(crate) fn entra_now(&self) -> u64 {
        self.now().saturating_add_signed(self.tampering().entra_clock.into())
    }

    /// The time by ACS's clock.
    pub(crate) fn acs_now(&self) -> u64 {
        self.now().saturating_add_signed(self.tampering().acs_clock.into())
    }

    pub(crate) fn random(&self) -> &Random {
        &self.inner.random
    }

    pub(crate) fn access_key(&self) -> &[u8] {
        &self.inner.access_key
    }

    pub(crate) fn acs_signing_key(&self) -> &SigningKey {
        &self.inner.acs_signing_key
    }

    /// The application with this client id.
    pub(crate) fn application(&self, client_id: &str) -> Option<&'static Application> {
        self.applications().find(|app| app.client_id.eq_ignore_ascii_case(client_id))
    }

    /// Whether any application may send people to `uri` after they signed out.
    pub(crate) fn signs_out_to(&self, uri: &str) -> bool {
        self.applications().any(|app| app.returns_to(uri))
    }

    fn applications(&self) -> impl Iterator<Item = &'static Application> {
        Application::all().iter().chain(self.inner.seed.applications.iter().copied())
    }

    /// The issuer of v2 tokens of a tenant.
    pub(crate) fn issuer(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.inner.options.entra_url)
    }

    /// The issuer of v1 tokens of a tenant. Entra's is on a host of its own; the emulator has one host.
    pub(crate) fn issuer_v1(&self, tenant: &str) -> String {
        format!("{}/sts/{tenant}/", self.inner.options.entra_url)
    }

    /// Locks the memory. A handler must not hold the guard while it calls a method that locks it, too.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock()
    }
}

/// The key that Entra begins with.
fn first_key(seed: &Seed, random: &Random) -> VecDeque<Arc<SigningKey>> {
    let key = match seed.number {
        Some(_) => SigningKey::development(DevelopmentKey::EntraFirst, random),
        None => SigningKey::generate(random),
    };
    VecDeque::from([Arc::new(key)])
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Emulator, Options};
    use crate::Clock;

    /// Sat, 21 Nov 2026 08:00:00 GMT
    pub(crate) const NOW: u64 = 1_795_248_000;

    pub(crate) fn emulator() -> Emulator {
        Emulator::new(Options {
            entra_url: "http://localhost:8401".to_owned(),
            acs_url: "http://localhost:8402".to_owned(),
            clock: Clock::stopped_at(NOW),
            coop: false,
        })
    }
}
