//! The section `exchanges`: which exchanges are on.

use serde::{Deserialize, Serialize};

use super::fault::{ConfigurationError, Fault, at};
use crate::acs::Exchanges;

/// Which exchanges the service makes. Without this section: the one for Teams users.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ExchangesSection {
    /// Teams users: `POST /exchange`. Without it: true.
    teams_users: Option<bool>,
    /// Insecure: a `GET` issues a token, and the person's token is in a header, which more programs log than a body.
    insecure_teams_users_via_get: Option<bool>,
    /// Entra ID users without Teams: `POST /exchange/entra-id`.
    entra_id_users: Option<bool>,
    /// Insecure: any request gets a token. For development only.
    insecure_guests: Option<bool>,
}

impl ExchangesSection {
    /// Also fills in the defaults.
    pub(super) fn validate(&mut self) -> Result<Exchanges, ConfigurationError> {
        let exchanges = Exchanges {
            teams_users: *self.teams_users.get_or_insert(true),
            teams_users_via_get: *self.insecure_teams_users_via_get.get_or_insert(false),
            entra_id_users: *self.entra_id_users.get_or_insert(false),
            guests: *self.insecure_guests.get_or_insert(false),
        };
        let Exchanges { teams_users, teams_users_via_get, entra_id_users, guests } = exchanges;
        if teams_users || teams_users_via_get || entra_id_users || guests {
            Ok(exchanges)
        } else {
            Err(at("exchanges", Fault::Empty))
        }
    }
}
