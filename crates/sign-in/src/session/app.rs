use contract::secret::RefreshToken;

use super::site::Site;
use crate::{authority::Endpoints, authorize, config::Application, id_token::Identity};

/// The application that a sign-in uses, and the endpoints of its authority.
#[derive(Debug)]
pub(super) struct App {
    /// The index of its profile in the configuration.
    pub(super) profile: usize,
    pub(super) application: Application,
    pub(super) endpoints: Endpoints,
}

/// A person whose ID token is valid, and their refresh token.
#[derive(Debug)]
pub(super) struct AuthenticatedPerson {
    pub(super) app: App,
    pub(super) identity: Identity,
    pub(super) refresh: RefreshToken,
}

impl AuthenticatedPerson {
    /// The address that ends the person's session at the authority. `None` in a frame, which cannot navigate there: the
    /// session stays, like the portal's own.
    pub(super) fn end_session_url(&self, site: &Site) -> Option<String> {
        if site.framed {
            return None;
        }
        let redirect_uri = site.config.redirect_uri.as_str();
        authorize::end_session_url(&self.app.application, &self.app.endpoints, redirect_uri, &self.identity)
    }
}
