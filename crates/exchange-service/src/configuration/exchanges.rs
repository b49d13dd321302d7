//! The section `exchanges`: which of them this service makes.

use super::{
    fault::{ConfigurationError, Fault, at},
    section::Section,
};

/// Which exchanges are on. The others do not exist, for whoever asks.
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

const TEAMS_USERS: &str = "teams_users";
/// Insecure: a `GET` issues a token, and A1 travels in a header, which more programs log than a body.
const INSECURE_TEAMS_USERS_VIA_GET: &str = "insecure_teams_users_via_get";
const ENTRA_ID_USERS: &str = "entra_id_users";
/// Insecure: anybody who asks gets a token. For development only.
const INSECURE_GUESTS: &str = "insecure_guests";

impl Exchanges {
    pub(super) fn read(mut section: Section) -> Result<Self, ConfigurationError> {
        let mut is_on = |key, unless_said| Ok(section.switch(key)?.unwrap_or(unless_said));
        let exchanges = Self {
            teams_users: is_on(TEAMS_USERS, true)?,
            teams_users_via_get: is_on(INSECURE_TEAMS_USERS_VIA_GET, false)?,
            entra_id_users: is_on(ENTRA_ID_USERS, false)?,
            guests: is_on(INSECURE_GUESTS, false)?,
        };
        section.nothing_left()?;
        let Self { teams_users, teams_users_via_get, entra_id_users, guests } = exchanges;
        if teams_users || teams_users_via_get || entra_id_users || guests {
            Ok(exchanges)
        } else {
            Err(at("exchanges", Fault::Empty))
        }
    }

    pub(super) fn masked(self) -> String {
        let Self { teams_users, teams_users_via_get, entra_id_users, guests } = self;
        format!(
            "[exchanges]\n{TEAMS_USERS} = {teams_users}\n{INSECURE_TEAMS_USERS_VIA_GET} = {teams_users_via_get}\n\
             {ENTRA_ID_USERS} = {entra_id_users}\n{INSECURE_GUESTS} = {guests}\n"
        )
    }
}
