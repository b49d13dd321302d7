//! The exchanges. `checks` has what they share: the order of the checks.

pub(super) mod by_get;
pub(super) mod by_post;
mod checks;
pub(super) mod warm_up;
