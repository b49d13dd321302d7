//! The settings of the ACS resource, and which exchanges are on.

use reqwest::Url;

use super::{access_keys::KeyPair, service_identity::IdentityChoice};

/// The ACS resource that issues the tokens.
#[derive(Debug)]
pub(crate) struct AcsSettings {
    /// The address of the resource, without a path.
    pub(crate) endpoint: Url,
    pub(crate) credential: ConfiguredCredential,
}

/// How the service authenticates to ACS.
#[derive(Debug)]
pub(crate) enum ConfiguredCredential {
    Keys(KeyPair),
    Identity(IdentityChoice),
}

/// Which exchanges are on. The routes of the others do not exist.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchanges {
    /// `POST /exchange`
    pub(crate) teams_users: bool,
    /// `GET /api/token/teams`
    pub(crate) teams_users_via_get: bool,
    /// `POST /exchange/entra-id`
    pub(crate) entra_id_users: bool,
    /// `POST /exchange/guest`
    pub(crate) guests: bool,
}
