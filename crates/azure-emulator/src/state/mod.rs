//! What the emulator remembers. All of it is in memory, behind one lock.

mod assignments;
mod consents;
mod extension_assignments;
mod identities;
mod token_log;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

pub(crate) use assignments::{Assignment, Assignments};
pub(crate) use consents::Consents;
pub(crate) use extension_assignments::{ExtensionAssignment, ExtensionAssignments, Principal};
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
    /// The key that signs comes first; the ones before it stay published.
    pub(crate) signing_keys: VecDeque<Arc<SigningKey>>,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) consents: Consents,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    pub(crate) token_log: TokenLog,
    /// How often the signing keys were asked for.
    pub(crate) key_requests: usize,
    /// When the operations of the last half minute were asked for.
    pub(crate) recent_requests: HashMap<Operation, VecDeque<u64>>,
    pub(crate) assignments: Assignments,
    pub(crate) extension_assignments: ExtensionAssignments,
    pub(crate) identities: AcsIdentities,
}

/// Who signed in, and whether with a second factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) account: &'static Account,
    pub(crate) strong: bool,
}

/// What somebody granted an application, and what codes and refresh tokens stand for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) app: &'static Application,
    pub(crate) identity: Identity,
    pub(crate) scopes: Scopes,
    /// Whether a claims challenge was answered while signing in.
    pub(crate) challenge_met: bool,
    /// Whether a second factor was shown while signing in.
    pub(crate) strong: bool,
}

/// An authorization code. A redeemed one is remembered, so that using it again has its own refusal.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    pub(crate) expires_at: u64,
    pub(crate) redeemed: bool,
}

/// A refresh token.
#[derive(Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
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
            extension_assignments: ExtensionAssignments::default(),
            identities: AcsIdentities::default(),
        }
    }

    pub(crate) fn signing_key(&self) -> &Arc<SigningKey> {
        self.signing_keys.front().expect("the first key is made with the state, and none is ever removed")
    }

    /// Whom the code or the refresh token of a token request is about.
    pub(crate) fn account_of(&self, parameters: &Parameters) -> Option<&'static Account> {
        let by_code = || self.codes.get(parameters.value("code")?).map(|code| &code.grant);
        let by_token = || self.refresh_tokens.get(parameters.value("refresh_token")?).map(|token| &token.grant);
        by_code().or_else(by_token).map(|grant| grant.identity.account)
    }

    pub(crate) fn open_session(&mut self, account: &'static Account) -> String {
        let id = self.random.token("session");
        self.sessions.insert(id.clone(), Session { account, strong: false });
        id
    }

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

    pub(crate) fn issue_refresh_token(&mut self, now: u64, grant: Grant, expires_at: u64) -> String {
        // An expired one is told from one that never was, for a day.
        self.refresh_tokens.retain(|_, token| now < token.expires_at + DAY);
        let id = self.random.token("refresh token");
        self.refresh_tokens.insert(id.clone(), RefreshToken { grant, expires_at });
        id
    }
}
