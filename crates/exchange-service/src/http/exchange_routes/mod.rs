//! The exchanges, one file each. What they have in common, the order of the checks, is in `checks`.

mod checks;
mod entra_id_user;
mod guest;
mod hero;
mod teams_user;

pub(super) use self::{
    entra_id_user::of_entra_id_user, guest::for_a_guest, hero::of_teams_user_via_get, teams_user::of_teams_user,
};
