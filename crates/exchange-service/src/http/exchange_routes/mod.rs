//! The exchanges. `checks` has what they share: the order of the checks.

mod by_get;
mod by_post;
mod checks;

pub(super) use self::{
    by_get::of_teams_user_via_get,
    by_post::{for_a_guest, of_entra_id_user, of_teams_user},
};
