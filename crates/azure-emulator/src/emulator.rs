//! The emulator itself: its settings, its memory, and what tests may do to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Clock;
use crate::entra::control::{Tampering, TokenRequest};
use crate::jwt::SigningKey;
use crate::seed::Seed;
use crate::state::State;
use crate::{acs, entra};

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
pub struct Emulator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: Options,
    access_key: Vec<u8>,
    acs_signing_key: SigningKey,
    seed: Seed,
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
        let acs_signing_key = SigningKey::generate();
        let state = Mutex::new(State::new(&seed, VecDeque::from([Arc::new(SigningKey::generate())])));
        Self(Arc::new(Inner { options, access_key, acs_signing_key, seed, state }))
    }

    /// Forgets everything that happened. The signing keys stay, because clients remember them; so does the clock.
    pub fn reset(&self) {
        let mut state = self.state();
        let keys = std::mem::take(&mut state.signing_keys);
        *state = State::new(&self.0.seed, keys);
    }

    /// Entra's routes, to be served under [`Options::entra_url`].
    pub fn entra_router(&self) -> Router {
        entra::router(self.clone())
    }

    /// ACS's routes, to be served under [`Options::acs_url`].
    pub fn acs_router(&self) -> Router {
        acs::router(self.clone())
    }

    /// The connection string of the emulated ACS resource.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!("endpoint={}/;accesskey={ACCESS_KEY}", self.0.options.acs_url)
    }

    /// Puts the clock forward.
    pub fn advance(&self, seconds: u64) {
        self.0.options.clock.advance(seconds);
    }

    /// Signs with a new key from now on. The old ones stay published, and what they signed stays valid.
    pub fn rotate_signing_keys(&self) {
        let key = Arc::new(SigningKey::generate());
        self.state().signing_keys.push_front(key);
    }

    /// Does this wrong from now on, instead of what it did wrong before.
    pub fn tamper(&self, tampering: Tampering) {
        self.state().tampering = tampering;
    }

    /// The last requests to the token endpoint, oldest first.
    #[must_use]
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.state().token_requests.iter().cloned().collect()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.options.clock.now()
    }

    pub(crate) fn access_key(&self) -> &[u8] {
        &self.0.access_key
    }

    pub(crate) fn acs_signing_key(&self) -> &SigningKey {
        &self.0.acs_signing_key
    }

    /// The issuer of v2 tokens of a tenant.
    pub(crate) fn issuer(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.0.options.entra_url)
    }

    /// The issuer of v1 tokens of a tenant. Entra's is on a host of its own; the emulator has one host.
    pub(crate) fn issuer_v1(&self, tenant: &str) -> String {
        format!("{}/sts/{tenant}/", self.0.options.entra_url)
    }

    /// The memory. No handler panics while it holds this; if one did, the memory would still be whole.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
