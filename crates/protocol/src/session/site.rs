use messages::{Consent, Hint, SignInMethod, peer_text};
use serde::{Deserialize, Serialize};

use super::{Effect, now::HostClock, pauses::Pauses};
use crate::{
    authority::Endpoints,
    authorize::{self, Ask},
    config::{Application, ComeBack, Config, ProfileKind, SignInBy},
    id_token::Identity,
    ids::TenantId,
    json,
};

/// The page: its configuration, and what is known about the next sign-in. Exists from the moment `config.json` was read.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) config: Config,
    pub(super) framed: bool,
    /// What the portal suggested, or what was remembered.
    pub(super) hint: Hint,
    /// The tenant of whoever is signing in, once a validated ID token has told it.
    pub(super) home: Option<TenantId>,
    /// Who was signed in when the page was last loaded, and may come back without being asked.
    pub(super) expected: Option<Expected>,
    /// What the next sign-in asks for, because of how the last one ended.
    pub(super) next: Ask,
    /// The claims challenge of the last refusal, for the profile that met it and no other.
    pub(super) challenge: Option<(usize, String)>,
    /// How long it waits before it tries again.
    pub(super) pauses: Pauses,
    /// The clock of the page's own host, where `config.json` came with its date.
    pub(super) host_clock: Option<HostClock>,
}

/// The application that a sign-in uses, and the endpoints of its authority.
#[derive(Debug)]
pub(super) struct App {
    pub(super) profile: usize,
    pub(super) application: Application,
    pub(super) endpoints: Endpoints,
}

/// What is kept over a reload: whose sign-in it was. No token, and nothing that opens anything.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Remembered {
    profile: String,
    login_hint: String,
    tenant: String,
    object: String,
}

/// One account of one tenant.
#[derive(Debug)]
pub(super) struct Expected {
    tenant: String,
    object: String,
}

impl Expected {
    /// Whether this is who is expected. Entra takes a hint for a hint, and answers for whoever has a session.
    pub(super) fn is(&self, identity: &Identity) -> bool {
        self.tenant == identity.tenant.as_str() && self.object == identity.object.as_str()
    }
}

impl Site {
    /// Whether people sign in in a window of their own: always from a frame, which Entra refuses to fill.
    pub(super) fn by_window(&self) -> bool {
        self.framed || self.config.sign_in_by == SignInBy::Window
    }

    /// Where Entra sends people back to.
    pub(super) fn redirect_uri(&self) -> String {
        if self.by_window() { self.config.return_uri() } else { self.config.redirect_uri.as_str().to_owned() }
    }

    /// The profile of this name; without one, the portal's suggestion, or the first.
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

    /// Takes what was remembered of the last sign-in in this tab for a hint. What does not fit any more is nothing.
    pub(super) fn recall(&mut self, remembered: &str) -> bool {
        if self.config.come_back == ComeBack::Click || self.framed {
            return false;
        }
        let Ok(remembered) = json::read(remembered) else { return false };
        let Remembered { profile, login_hint, tenant, object } = remembered;
        let known = self.config.profiles.iter().any(|known| known.name == profile);
        if known {
            self.hint = Hint { login_hint: Some(login_hint), domain_hint: None, profile: Some(profile) }.sanitized();
            self.expected = Some(Expected { tenant, object });
        }
        known
    }

    /// Keeps the claims challenge of a refusal for the next sign-in with this profile, or forgets the last one. It becomes
    /// part of an address, so it may not contain a token.
    pub(super) fn challenged(&mut self, profile: usize, claims: Option<String>) {
        self.challenge = claims.filter(|claims| !peer_text::has_token(claims)).map(|claims| (profile, claims));
    }

    /// What is to be remembered of this sign-in, if the configuration wants it. A frame stores nothing.
    pub(super) fn remember(&self, profile: usize, identity: &Identity) -> Option<Effect> {
        let remembered = Remembered {
            profile: self.config.profiles.get(profile)?.name.clone(),
            // Somebody without a name cannot be told from others by Entra.
            login_hint: identity.username.clone()?,
            tenant: identity.tenant.as_str().to_owned(),
            object: identity.object.as_str().to_owned(),
        };
        self.remembers().then(|| Effect::Remember(Some(json::write(&remembered))))
    }

    /// What was remembered is forgotten, and nobody is expected any more.
    pub(super) fn forget_who(&mut self) -> Option<Effect> {
        self.hint.login_hint = None;
        self.home = None;
        self.expected = None;
        self.challenge = None;
        self.remembers().then_some(Effect::Remember(None))
    }

    fn remembers(&self) -> bool {
        self.config.come_back != ComeBack::Click && !self.framed
    }

    /// The part of it that the page shows.
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

    /// The organization of whoever is here, or by their name of whoever is expected. Entra takes any verified domain for a
    /// tenant.
    pub(super) fn organization(&self) -> Option<&str> {
        if let Some(home) = &self.home {
            return Some(home.as_str());
        }
        let of_name = self.hint.login_hint.as_deref().and_then(|name| name.rsplit_once('@')).map(|(_, domain)| domain);
        let domain = of_name.or(self.hint.domain_hint.as_deref())?;
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (domain.contains('.') && domain.split('.').all(is_label)).then_some(domain)
    }
}

impl App {
    /// The address that ends the person's session at the authority. `None` in a frame, which cannot navigate there: the
    /// session stays, like the portal's own.
    pub(super) fn end_session_url(&self, site: &Site, identity: &Identity) -> Option<String> {
        if site.framed {
            return None;
        }
        let redirect_uri = site.config.redirect_uri.as_str();
        authorize::end_session_url(&self.application, &self.endpoints, redirect_uri, identity)
    }
}
