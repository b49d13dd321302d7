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
    pub(crate) teams_users_by_get: bool,
    /// `POST /exchange/entra-id`
    pub(crate) entra_id_users: bool,
    /// `POST /exchange/guest`
    pub(crate) guests: bool,
}

const TEAMS_USERS: &str = "teams_users";
/// The name says what is given up.
const TEAMS_USERS_BY_GET: &str = "teams_users_by_get_with_their_token_in_a_header";
const ENTRA_ID_USERS: &str = "entra_id_users";
/// The name is long so that nobody writes it by accident, and says what it does.
const GUESTS: &str = "development_only_a_token_for_anybody_who_asks";

impl Exchanges {
    pub(super) fn read(mut section: Section) -> Result<Self, ConfigurationError> {
        let mut is_on = |key, unless_said| Ok(section.switch(key)?.unwrap_or(unless_said));
        let exchanges = Self {
            teams_users: is_on(TEAMS_USERS, true)?,
            teams_users_by_get: is_on(TEAMS_USERS_BY_GET, false)?,
            entra_id_users: is_on(ENTRA_ID_USERS, false)?,
            guests: is_on(GUESTS, false)?,
        };
        section.nothing_left()?;
        let Self { teams_users, teams_users_by_get, entra_id_users, guests } = exchanges;
        if teams_users || teams_users_by_get || entra_id_users || guests {
            Ok(exchanges)
        } else {
            Err(at("exchanges", Fault::Empty))
        }
    }

    pub(super) fn masked(self) -> String {
        let Self { teams_users, teams_users_by_get, entra_id_users, guests } = self;
        format!(
            "[exchanges]\n{TEAMS_USERS} = {teams_users}\n{TEAMS_USERS_BY_GET} = {teams_users_by_get}\n\
             {ENTRA_ID_USERS} = {entra_id_users}\n{GUESTS} = {guests}\n"
        )
    }
}
