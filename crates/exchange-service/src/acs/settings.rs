//! The ACS resource that issues the tokens, and what this service asks it for.

use reqwest::Url;

use super::{access_keys::KeyPair, service_identity::IdentityChoice};

/// The resource.
#[derive(Debug)]
pub(crate) struct AcsSettings {
    /// Without a path.
    pub(crate) endpoint: Url,
    pub(crate) credential: ConfiguredCredential,
}

/// How ACS recognizes this service.
#[derive(Debug)]
pub(crate) enum ConfiguredCredential {
    Keys(KeyPair),
    Identity(IdentityChoice),
}

/// Which exchanges are on. The others do not exist.
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
