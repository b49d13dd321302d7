//! `POST /exchange`: the contract `quickstart`, for Teams users.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::{ask, json, person_by_post};
use crate::{acs::Whom, problem::Problem, router::Service, visit::Visit};

pub(crate) async fn of_teams_user(
    State(service): State<Arc<Service>>,
    Extension(visit): Extension<Visit>,
    request: Request,
) -> Result<Response, Problem> {
    visit.note(|audit| audit.decides("teams_user"));
    let person = person_by_post(&service, &visit, request).await?;
    let issued = ask(&service, &visit, Whom::TeamsUser(person)).await?;
    Ok(json(StatusCode::OK, &issued.answer))
}
