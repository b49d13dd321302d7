//! `POST /exchange`: the contract `quickstart`, for Teams users.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::checks::{ask, person_by_post};
use crate::{
    acs::TeamsUser,
    http::{body::json, context::RequestContext, problem_details::Problem, state::AppState},
};

pub(in crate::http) async fn of_teams_user(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("teams_user"));
    let person = person_by_post(&state, &context, request).await?;
    let issued = ask(&state, &context, TeamsUser(person)).await?;
    Ok(json(StatusCode::OK, &issued.answer))
}
