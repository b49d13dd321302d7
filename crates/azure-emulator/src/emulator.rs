//! The emulator: its options, its state, and the methods with which tests change it.

use std::{collections::VecDeque, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use parking_lot::{Mutex, MutexGuard};

use crate::{
    accounts::Account,
    adjustable_clock::Clock,
    authority::Identity,
    entra::scopes::{Permission, Scopes},
    fault::Faults,
    graph::directory::Directory,
    jwt::{DevelopmentKey, SigningKey},
    random::Random,
    registrations::{Application, EXCHANGE_API, Resource},
    seed::Seed,
    state::{Consents, State, TokenRequest},
};

/// The access key of the emulated ACS resource. It is published here, so it protects nothing.
pub const ACCESS_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

/// The options of an emulator. None has a default, so that no test depends on one.
#[derive(Clone, Debug)]
pub struct Options {
    /// The base URL of the Entra listener, without a trailing slash. Every issuer begins with it.
    pub entra_url: String,
    /// The base URL of the ACS listener, without a trailing slash.
    pub acs_url: String,
    /// The clock by which both services issue and expire tokens.
    pub clock: Clock,
    /// Whether the sign-in pages send `Cross-Origin-Opener-Policy: same-origin`.
    pub coop: bool,
}

/// An emulated Entra and ACS. Clones share one state.
#[derive(Clone, Debug)]
pub struct Emulator {
    inner: Arc<Inner>,
    /// The faults of the one request that this clone serves, in addition to those of all requests.
    request_faults: Faults,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    access_key: Vec<u8>,
    acs_signing_key: SigningKey,
    random: Random,
    seed: Seed,
    /// A separate lock, because handlers request a service's time while they hold the lock of `state`.
    faults: Mutex<Faults>,
    state: Mutex<State>,
    /// A separate lock, because handlers look applications up while they hold the lock of `state`.
    directory: Mutex<Directory>,
}

impl Emulator {
    /// An emulator with new signing keys and without sessions.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::with_seed(options, Seed::default())
    }

    /// An emulator that begins with the state of `seed`.
    #[must_use]
    pub fn with_seed(options: Options, seed: Seed) -> Self {
        let access_key = STANDARD.decode(ACCESS_KEY).expect("the constant is base64");
        let random = seed.number.map_or_else(Random::system, Random::numbered);
        let state = seed.state(&random, first_key(&seed, &random));
        let acs_signing_key = match seed.number {
            Some(_) => SigningKey::development(DevelopmentKey::Acs, &random),
            None => SigningKey::generate(&random),
        };
        let (faults, state) = (Mutex::new(seed.fault), Mutex::new(state));
        let directory = Mutex::new(Directory::new(random.clone(), seed.empty));
        let inner = Inner { options, access_key, acs_signing_key, random, seed, faults, state, directory };
        Self { inner: Arc::new(inner), request_faults: Faults::NONE }
    }

    /// Goes back to the state of the seed.
    ///
    /// The clock stays as it is. The signing keys stay, too, because clients cache them; with a numbered seed the keys
    /// and all sequences of identifiers start again.
    pub fn reset(&self) {
        let Inner { seed, random, .. } = &*self.inner;
        self.set_faults(seed.fault);
        let mut state = self.state();
        random.restart();
        let keys = match seed.number {
            Some(_) => first_key(seed, random),
            None => std::mem::take(&mut state.signing_keys),
        };
        *state = seed.state(random, keys);
        *self.directory() = Directory::new(random.clone(), seed.empty);
    }

    /// The connection string of the emulated ACS resource.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!("endpoint={}/;accesskey={ACCESS_KEY}", self.inner.options.acs_url)
    }

    /// Advances the clock by `seconds`.
    pub fn advance(&self, seconds: u64) {
        self.inner.options.clock.advance(seconds);
    }

    /// Signs with a new key from now on. The old keys stay published, and tokens signed with them stay valid.
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

    /// Sets the faults of all requests from now on, and ends the previous ones.
    pub fn set_faults(&self, faults: Faults) {
        *self.inner.faults.lock() = faults;
    }

    /// The last 1000 requests to the token endpoint, oldest first.
    #[must_use]
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.state().token_log.to_vec()
    }

    /// Whether this emulator issued `text` as a refresh token.
    #[must_use]
    pub fn has_issued_refresh_token(&self, text: &str) -> bool {
        self.state().refresh_tokens.contains_key(text)
    }

    /// The number of requests for the signing keys.
    #[must_use]
    pub fn key_requests(&self) -> usize {
        self.state().key_requests
    }

    /// The options of this emulator.
    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// The same emulator, for one request with these faults.
    pub(crate) fn with_faults(&self, request_faults: Faults) -> Self {
        Self { inner: Arc::clone(&self.inner), request_faults }
    }

    /// The faults of all requests.
    pub(crate) fn global_faults(&self) -> Faults {
        *self.inner.faults.lock()
    }

    /// The faults of this request, without those of an account.
    pub(crate) fn faults(&self) -> Faults {
        self.request_faults.over(self.global_faults())
    }

    /// The faults of this request, which concerns `account`.
    pub(crate) fn faults_for(&self, account: &Account) -> Faults {
        self.request_faults.over(account.fault).over(self.global_faults())
    }

    /// The time by the clock of the options, in seconds since the Unix epoch.
    pub(crate) fn now(&self) -> u64 {
        self.inner.options.clock.now()
    }

    /// The time by Entra's clock, which a fault can shift.
    pub(crate) fn entra_now(&self) -> u64 {
        self.now().saturating_add_signed(self.faults().entra_clock.into())
    }

    /// The time by ACS's clock, which a fault can shift.
    pub(crate) fn acs_now(&self) -> u64 {
        self.now().saturating_add_signed(self.faults().acs_clock.into())
    }

    pub(crate) fn random(&self) -> &Random {
        &self.inner.random
    }

    /// The access key of ACS, decoded.
    pub(crate) fn access_key(&self) -> &[u8] {
        &self.inner.access_key
    }

    pub(crate) fn acs_signing_key(&self) -> &SigningKey {
        &self.inner.acs_signing_key
    }

    /// The application with this client id.
    pub(crate) fn application(&self, client_id: &str) -> Option<&'static Application> {
        self.applications().into_iter().find(|app| app.client_id.eq_ignore_ascii_case(client_id))
    }

    /// Whether any application has registered `uri`, so that a person may be redirected there after signing out.
    pub(crate) fn may_redirect_after_logout(&self, uri: &str) -> bool {
        self.applications().iter().any(|app| app.has_redirect_uri(uri))
    }

    fn applications(&self) -> Vec<&'static Application> {
        let compiled_in: &[Application] = if self.inner.seed.empty { &[] } else { Application::all() };
        let seeded = self.inner.seed.applications.iter().copied();
        compiled_in.iter().chain(seeded).chain(self.directory().applications().iter().copied()).collect()
    }

    /// The resources for which Entra issues tokens.
    pub(crate) fn resources(&self) -> Vec<&'static Resource> {
        let is_present = |resource: &&Resource| !self.inner.seed.empty || **resource != EXCHANGE_API;
        let compiled_in = Resource::all().into_iter().filter(is_present);
        compiled_in.chain(self.directory().resources().iter().copied()).collect()
    }

    /// The permissions of `scopes` that `app` still needs consent to. `consents` are those of the state.
    pub(crate) fn missing_consents(
        &self,
        consents: &Consents,
        identity: &Identity,
        app: &Application,
        scopes: &Scopes,
    ) -> Vec<Permission> {
        let directory = self.directory();
        let consent = |permission: &Permission| directory.consent(identity.tenant, app, permission);
        match scopes.permissions.first().and_then(consent) {
            None => consents.missing(identity, app, scopes),
            Some(_) => {
                let mut missing = consents.not_given(identity, app, scopes);
                missing.retain(|permission| consent(permission) != Some(true));
                missing
            }
        }
    }

    /// Locks the directory of Graph. A handler that holds the guard must not lock the state.
    pub(crate) fn directory(&self) -> MutexGuard<'_, Directory> {
        self.inner.directory.lock()
    }

    /// The issuer of a tenant's v2 tokens.
    pub(crate) fn issuer(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.inner.options.entra_url)
    }

    /// The issuer of a tenant's v1 tokens. Entra has a separate host for it; the emulator has one host for both.
    pub(crate) fn issuer_v1(&self, tenant: &str) -> String {
        format!("{}/sts/{tenant}/", self.inner.options.entra_url)
    }

    /// Locks the state. A handler that holds the guard must not call a function that locks the state.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock()
    }
}

/// The first signing key of Entra.
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

    /// `Sat, 21 Nov 2026 08:00:00 GMT`
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
