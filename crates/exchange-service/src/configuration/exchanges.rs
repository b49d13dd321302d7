//! The section `exchanges`: which exchanges are on.

use super::{
    fault::{ConfigurationError, Fault, at},
    section::Section,
};
use crate::acs::Exchanges;

const TEAMS_USERS: &str = "teams_users";
/// Insecure: a `GET` issues a token, and A1 travels in a header, which more programs log than a body.
const INSECURE_TEAMS_USERS_VIA_GET: &str = "insecure_teams_users_via_get";
const ENTRA_ID_USERS: &str = "entra_id_users";
/// Insecure: any request gets a token. For development only.
const INSECURE_GUESTS: &str = "insecure_guests";

pub(super) fn read(mut section: Section) -> Result<Exchanges, ConfigurationError> {
    let mut is_on = |key, default| Ok(section.flag(key)?.unwrap_or(default));
    let exchanges = Exchanges {
        teams_users: is_on(TEAMS_USERS, true)?,
        teams_users_via_get: is_on(INSECURE_TEAMS_USERS_VIA_GET, false)?,
        entra_id_users: is_on(ENTRA_ID_USERS, false)?,
        guests: is_on(INSECURE_GUESTS, false)?,
    };
    section.nothing_left()?;
    let Exchanges { teams_users, teams_users_via_get, entra_id_users, guests } = exchanges;
    if teams_users || teams_users_via_get || entra_id_users || guests {
        Ok(exchanges)
    } else {
        Err(at("exchanges", Fault::Empty))
    }
}

/// The section as TOML.
pub(super) fn masked(exchanges: Exchanges) -> String {
    let Exchanges { teams_users, teams_users_via_get, entra_id_users, guests } = exchanges;
    format!(
        "[exchanges]\n{TEAMS_USERS} = {teams_users}\n{INSECURE_TEAMS_USERS_VIA_GET} = {teams_users_via_get}\n\
         {ENTRA_ID_USERS} = {entra_id_users}\n{INSECURE_GUESTS} = {guests}\n"
    )
}
