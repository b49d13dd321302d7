//! `GET` for the addresses of the exchanges: pages send it early, so that the connection is open and the browser has the
//! answer to the preflight when the exchange follows.
//!
//! It reads no token and decides nothing, so it has no audit record and is in no metric of decisions.

use std::sync::Arc;

use axum::{Extension, extract::State, http::StatusCode};

use crate::http::{
    admission::admit_address_for_others, context::RequestContext, problem_details::Problem, state::AppState,
};

/// `GET /exchange`: opens a connection for an exchange that follows.
#[cfg_attr(test, utoipa::path(
    get, path = "/exchange", tag = "warm-up", operation_id = "warmUp",
    responses((status = 204, description = "The connection is open. Nothing was decided.")),
))]
pub(in crate::http) async fn for_teams_users(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
) -> Result<StatusCode, Problem> {
    warm_up(&state, &context)
}

/// `GET /exchange/entra-id`: the same for Entra ID users.
#[cfg_attr(test, utoipa::path(
    get, path = "/exchange/entra-id", tag = "warm-up", operation_id = "warmUpForEntraIdUsers",
    responses((status = 204, description = "The connection is open. Nothing was decided.")),
))]
pub(in crate::http) async fn for_entra_id_users(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
) -> Result<StatusCode, Problem> {
    warm_up(&state, &context)
}

/// Counted per address, but not as an exchange: a sign-in must not use up two of those.
fn warm_up(state: &AppState, context: &RequestContext) -> Result<StatusCode, Problem> {
    admit_address_for_others(state, context)?;
    Ok(StatusCode::NO_CONTENT)
}
