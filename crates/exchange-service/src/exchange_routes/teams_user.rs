//! `POST /exchange`: the contract `quickstart`, for Teams users.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::{ask, json, person_by_post};
use crate::{acs::AcsOperation, problem_details::Problem, request_context::RequestContext, router::Service};

pub(crate) async fn of_teams_user(
    State(service): State<Arc<Service>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("teams_user"));
    let person = person_by_post(&service, &context, request).await?;
    let issued = ask(&service, &context, AcsOperation::TeamsUser(person)).await?;
    Ok(json(StatusCode::OK, &issued.answer))
}
