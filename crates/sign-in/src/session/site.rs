use contract::ids::TenantId;
use messages::{
    Consent, Hint, SignInMethod,
    json::{self, Malformed},
    peer_text,
};
use serde::Serialize;

use super::{
    io::{Effect, RequestKind},
    now::HostClock,
    retry_delays::RetryDelays,
};
use crate::{
    authorize::{self, AuthorizationOptions},
    config::{Application, ComeBack, Config, Exchange, ProfileKind, SignInBy},
    exchange_client,
    id_token::Identity,
};

/// The page: its configuration, and what is known about the next sign-in. It exists once `config.json` was read.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) config: Config,
    /// Whether the page is in a frame.
    pub(super) framed: bool,
    /// What the portal suggested, or what was remembered.
    pub(super) hint: Hint,
    /// The tenant of the person who signed in last, from a valid ID token.
    pub(super) last_tenant: Option<TenantId>,
    /// The person who was signed in when the page was last loaded, and may return without being asked.
    pub(super) expected: Option<ExpectedAccount>,
    /// The options of the next authorization request, which depend on how the last sign-in ended.
    pub(super) next_options: AuthorizationOptions,
    /// The claims challenge of the last refusal, and the index of the profile that it is for.
    pub(super) challenge: Option<(usize, String)>,
    pub(super) retry_delays: RetryDelays,
    /// The clock of the page's own host, if the response with `config.json` had a date.
    pub(super) host_clock: Option<HostClock>,
    /// Whether the exchange service was warmed up, which happens once for each load of the page.
    pub(super) warmed_up: bool,
}

/// The account of the last sign-in, which is kept for the next load of the page. It has no token and no other secret.
///
/// ```json
/// { "profile": "default", "loginHint": "alice@contoso.com", "tenant": "fab00000-…", "object": "11111111-…" }
/// ```
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RememberedAccount {
    profile: String,
    login_hint: String,
    tenant: String,
    object: String,
}

impl RememberedAccount {
    fn from_json(text: &str) -> Result<Self, Malformed> {
        let mut account = json::read(text.as_bytes())?.into_object();
        let read = Self {
            profile: account.text("profile"),
            login_hint: account.text("loginHint"),
            tenant: account.text("tenant"),
            object: account.text("object"),
        };
        account.finish_without_others().map(|()| read)
    }
}

/// One account of one tenant.
#[derive(Debug)]
pub(super) struct ExpectedAccount {
    tenant: String,
    object: String,
}

impl ExpectedAccount {
    /// Whether this is the expected person. Entra may ignore a hint and sign in another account that has a session.
    pub(super) fn is(&self, identity: &Identity) -> bool {
        self.tenant == identity.tenant.as_str() && self.object == identity.object.as_str()
    }
}

impl Site {
    /// Whether people sign in in a separate window. In a frame always, because Entra refuses to be framed.
    pub(super) fn by_window(&self) -> bool {
        self.framed || self.config.sign_in_by == SignInBy::Window
    }

    /// The address that the authority redirects to.
    pub(super) fn redirect_uri(&self) -> String {
        if self.by_window() { self.config.return_uri() } else { self.config.redirect_uri.as_str().to_owned() }
    }

    /// The index of the profile with this name. Without a name: the portal's suggestion, or the first profile.
    pub(super) fn profile(&self, name: Option<&str>) -> Option<usize> {
        let named = |name: &str| self.config.profiles.iter().position(|profile| profile.name == name);
        match name {
            Some(name) => named(name),
            None => self.hint.profile.as_deref().and_then(named).or(Some(0)),
        }
    }

    /// Selects the profile for the next sign-in without a choice.
    pub(super) fn pick(&mut self, profile: usize) {
        self.hint.profile = self.config.profiles.get(profile).map(|profile| profile.name.clone());
    }

    /// Uses what was remembered of the last sign-in in this tab as a hint. Returns `false`, and ignores it, if it does
    /// not fit the configuration.
    pub(super) fn recall(&mut self, remembered: &str) -> bool {
        if self.config.come_back == ComeBack::Click || self.framed {
            return false;
        }
        let Ok(remembered) = RememberedAccount::from_json(remembered) else { return false };
        let RememberedAccount { profile, login_hint, tenant, object } = remembered;
        let known = self.config.profiles.iter().any(|known| known.name == profile);
        if known {
            self.hint = Hint { login_hint: Some(login_hint), domain_hint: None, profile: Some(profile) }.sanitized();
            self.expected = Some(ExpectedAccount { tenant, object });
        }
        known
    }

    /// Keeps the claims challenge of a refusal for the next sign-in with this profile, or forgets the last one. It
    /// becomes part of an address, so it may not contain a token.
    pub(super) fn set_challenge(&mut self, profile: usize, claims: Option<String>) {
        self.challenge = claims.filter(|claims| !peer_text::has_token(claims)).map(|claims| (profile, claims));
    }

    /// Remembers this sign-in, if the configuration says so. A frame stores nothing.
    pub(super) fn remember(&self, profile: usize, identity: &Identity) -> Option<Effect> {
        let remembered = RememberedAccount {
            profile: self.config.profiles.get(profile)?.name.clone(),
            // Without a username Entra cannot select the account.
            login_hint: identity.username.clone()?,
            tenant: identity.tenant.as_str().to_owned(),
            object: identity.object.as_str().to_owned(),
        };
        self.may_remember().then(|| Effect::Remember(Some(json::write(&remembered))))
    }

    /// Forgets the person, here and in the tab's storage.
    pub(super) fn forget_person(&mut self) -> Option<Effect> {
        self.hint.login_hint = None;
        self.last_tenant = None;
        self.expected = None;
        self.challenge = None;
        self.may_remember().then_some(Effect::Remember(None))
    }

    /// The request that opens a connection to the exchange service early, if it was not sent before.
    pub(super) fn warm_up(&mut self, exchange: &Exchange) -> Option<Effect> {
        let request = exchange_client::warm_up(exchange).filter(|_| !self.warmed_up)?;
        self.warmed_up = true;
        Some(Effect::Send(RequestKind::WarmUp, request))
    }

    fn may_remember(&self) -> bool {
        self.config.come_back != ComeBack::Click && !self.framed
    }

    /// The part that the page shows.
    pub(super) fn public(&self) -> messages::Site {
        let methods = self.config.profiles.iter().map(|profile| SignInMethod {
            profile: profile.name.clone(),
            label: profile.label.clone(),
            picked: self.hint.profile.as_ref() == Some(&profile.name),
            consent: match &profile.kind {
                ProfileKind::Entra(application) => Some(self.consent(application)),
                ProfileKind::Guest { .. } => None,
            },
        });
        messages::Site {
            sign_in_methods: methods.collect(),
            by_window: self.by_window(),
            portals: self.config.portals.clone(),
            branding: self.config.branding.clone(),
            continue_url: self.config.continue_url.clone(),
            developer_tools: self.config.developer_tools,
        }
    }

    fn consent(&self, application: &Application) -> Consent {
        let url = |registered| {
            authorize::consent_url(
                application,
                self.organization(),
                self.config.redirect_uri.as_str(),
                registered,
                None,
            )
        };
        Consent {
            client_id: application.client_id.as_str().to_owned(),
            permissions: application.scopes().map(str::to_owned).collect(),
            url: url(false),
            registered_url: url(true),
        }
    }

    /// The organization of the person who signs in, or the domain of the expected username. Entra accepts any verified
    /// domain as a tenant.
    pub(super) fn organization(&self) -> Option<&str> {
        if let Some(last_tenant) = &self.last_tenant {
            return Some(last_tenant.as_str());
        }
        let of_name = self.hint.login_hint.as_deref().and_then(|name| name.rsplit_once('@')).map(|(_, domain)| domain);
        let domain = of_name.or(self.hint.domain_hint.as_deref())?;
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (domain.contains('.') && domain.split('.').all(is_label)).then_some(domain)
    }
}
