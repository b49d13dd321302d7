//! The state of the emulator: everything that it remembers, in memory and behind one lock.

mod assignments;
mod consents;
mod identities;
mod token_log;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

pub(crate) use assignments::{Assignment, Assignments, Principal};
pub(crate) use consents::Consents;
pub(crate) use identities::{AcsIdentities, AcsIdentity};
pub(crate) use token_log::TokenLog;
pub use token_log::TokenRequest;

use crate::{
    accounts::Account, acs::operation::Operation, authority::Identity, entra::scopes::Scopes, jwt::SigningKey,
    parameters::Parameters, random::Random, registrations::Application,
};

/// Everything that changes while the emulator runs.
#[derive(Debug)]
pub(crate) struct State {
    random: Random,
    /// The key that signs comes first, followed by the earlier keys, which stay published.
    pub(crate) signing_keys: VecDeque<Arc<SigningKey>>,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) consents: Consents,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    pub(crate) token_log: TokenLog,
    /// The number of requests for the signing keys.
    pub(crate) key_requests: usize,
    /// The times of each operation's requests in the last 30 seconds, in seconds since the Unix epoch.
    pub(crate) recent_requests: HashMap<Operation, VecDeque<u64>>,
    pub(crate) assignments: Assignments,
    pub(crate) extension_assignments: BTreeMap<Principal, Assignment>,
    pub(crate) identities: AcsIdentities,
}

/// A browser session at Entra.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) account: &'static Account,
    pub(crate) has_second_factor: bool,
}

/// What a person granted an application. Codes and refresh tokens refer to it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) app: &'static Application,
    pub(crate) identity: Identity,
    pub(crate) scopes: Scopes,
    /// Whether the authorization request carried the claims of a claims challenge.
    pub(crate) challenge_met: bool,
    /// Whether the person approved the sign-in with a second factor.
    pub(crate) has_second_factor: bool,
}

/// An authorization code. A redeemed code is kept, because Entra refuses a second use with a special error.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    /// The `code_challenge` of the authorization request.
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    /// When the code expires, in seconds since the Unix epoch.
    pub(crate) expires_at: u64,
    pub(crate) redeemed: bool,
}

/// A refresh token, which stays valid when it is used.
#[derive(Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    /// When the token expires, in seconds since the Unix epoch.
    pub(crate) expires_at: u64,
}

const CODE_SECONDS: u64 = 600;

const DAY: u64 = 24 * 3600;

impl State {
    /// An empty state, except for the signing keys.
    pub(crate) fn new(random: Random, signing_keys: VecDeque<Arc<SigningKey>>) -> Self {
        Self {
            random,
            signing_keys,
            sessions: HashMap::new(),
            consents: Consents::default(),
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            token_log: TokenLog::default(),
            key_requests: 0,
            recent_requests: HashMap::new(),
            assignments: Assignments::default(),
            extension_assignments: BTreeMap::default(),
            identities: AcsIdentities::default(),
        }
    }

    /// The key that signs tokens now.
    pub(crate) fn signing_key(&self) -> &Arc<SigningKey> {
        self.signing_keys.front().expect("the state is created with a key, and keys are never removed")
    }

    /// The account to which the code or the refresh token of a token request was issued.
    pub(crate) fn account_of(&self, parameters: &Parameters) -> Option<&'static Account> {
        let by_code = || self.codes.get(parameters.value("code")?).map(|code| &code.grant);
        let by_token = || self.refresh_tokens.get(parameters.value("refresh_token")?).map(|token| &token.grant);
        by_code().or_else(by_token).map(|grant| grant.identity.account)
    }

    /// Starts a session, and returns its id for the cookie.
    pub(crate) fn open_session(&mut self, account: &'static Account) -> String {
        let id = self.random.token("session");
        self.sessions.insert(id.clone(), Session { account, has_second_factor: false });
        id
    }

    /// Issues an authorization code, which is valid for ten minutes from `now`.
    pub(crate) fn issue_code(
        &mut self,
        now: u64,
        grant: Grant,
        redirect_uri: &str,
        challenge: &str,
        nonce: Option<&str>,
    ) -> String {
        self.codes.retain(|_, code| now < code.expires_at + CODE_SECONDS);
        let id = self.random.token("code");
        let code = Code {
            grant,
            redirect_uri: redirect_uri.to_owned(),
            challenge: challenge.to_owned(),
            nonce: nonce.map(str::to_owned),
            expires_at: now + CODE_SECONDS,
            redeemed: false,
        };
        self.codes.insert(id.clone(), code);
        id
    }

    /// Issues a refresh token that is valid until `expires_at`.
    pub(crate) fn issue_refresh_token(&mut self, now: u64, grant: Grant, expires_at: u64) -> String {
        // Entra refuses expired and unknown tokens with different errors, so expired ones stay for a day.
        self.refresh_tokens.retain(|_, token| now < token.expires_at + DAY);
        let id = self.random.token("refresh token");
        self.refresh_tokens.insert(id.clone(), RefreshToken { grant, expires_at });
        id
    }
}
