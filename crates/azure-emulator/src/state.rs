//! What the emulator remembers. It is all in memory, and behind one lock.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use crate::{
    accounts::{Account, Persona},
    acs::{
        assignments::Assignments, identities::Identities, operation::Operation, teams_extension::ExtensionAssignments,
    },
    directory::{Identity, Tenant},
    entra::{
        control::{LOG_LENGTH, TokenRequest},
        scopes::{Permission, Scopes},
    },
    jwt::SigningKey,
    parameters::Parameters,
    random::Random,
    registrations::Application,
    seed::Seed,
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
    pub(crate) token_requests: VecDeque<TokenRequest>,
    /// How often the signing keys were asked for.
    pub(crate) key_requests: usize,
    /// When the operations of the last half minute were asked for.
    pub(crate) recent_requests: HashMap<Operation, VecDeque<u64>>,
    pub(crate) assignments: Assignments,
    pub(crate) extension_assignments: ExtensionAssignments,
    pub(crate) identities: Identities,
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
    /// What `seed` says, and nothing else but the keys.
    pub(crate) fn new(seed: &Seed, random: Random, signing_keys: VecDeque<Arc<SigningKey>>) -> Self {
        Self {
            random,
            signing_keys,
            sessions: HashMap::new(),
            consents: Consents { to_everything: seed.consented.clone(), ..Consents::default() },
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            token_requests: VecDeque::new(),
            key_requests: 0,
            recent_requests: HashMap::new(),
            assignments: seed.assignments.clone(),
            extension_assignments: ExtensionAssignments::default(),
            identities: seed.identities.clone(),
        }
    }

    pub(crate) fn signing_key(&self) -> &Arc<SigningKey> {
        self.signing_keys.front().expect("the first key is made with the state, and none is ever removed")
    }

    /// Remembers a token request, and forgets the oldest rather than grow without end.
    pub(crate) fn log(&mut self, request: TokenRequest) {
        if self.token_requests.len() == LOG_LENGTH {
            self.token_requests.pop_front();
        }
        self.token_requests.push_back(request);
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

/// Who consented to what.
#[derive(Debug, Default)]
pub(crate) struct Consents {
    to_everything: Vec<&'static Account>,
    /// Who shall be asked although they had consented from the start.
    withdrawn: Vec<&'static Account>,
    by_person: HashSet<(&'static str, &'static str, Permission)>,
    by_organisation: HashSet<(&'static Tenant, &'static str, Permission)>,
}

impl Consents {
    /// The permissions of `scopes` that nobody gave `app` yet. Everyone but two has consented from the start.
    pub(crate) fn missing(&self, identity: &Identity, app: &Application, scopes: &Scopes) -> Vec<Permission> {
        let account = identity.account;
        let from_the_start = !matches!(account.persona, Persona::AwaitsConsent | Persona::Administrator);
        if self.to_everything.contains(&account) || from_the_start && !self.withdrawn.contains(&account) {
            return Vec::new();
        }
        let given = |permission: &Permission| {
            self.by_person.contains(&(identity.object_id, app.client_id, *permission))
                || self.by_organisation.contains(&(identity.tenant, app.client_id, *permission))
        };
        scopes.permissions.iter().filter(|permission| !given(permission)).copied().collect()
    }

    /// Lets `account` have consented to everything, or to nothing by itself.
    pub(crate) fn set(&mut self, account: &'static Account, given: bool) {
        self.to_everything.retain(|other| *other != account);
        self.withdrawn.retain(|other| *other != account);
        if given {
            self.to_everything.push(account);
        } else {
            self.withdrawn.push(account);
            self.by_person.retain(|(id, _, _)| account.objects().all(|object| object.id != *id));
        }
    }

    pub(crate) fn give(&mut self, identity: &Identity, app: &Application, scopes: &Scopes, for_organisation: bool) {
        for permission in &scopes.permissions {
            if for_organisation {
                self.by_organisation.insert((identity.tenant, app.client_id, *permission));
            } else {
                self.by_person.insert((identity.object_id, app.client_id, *permission));
            }
        }
    }
}
