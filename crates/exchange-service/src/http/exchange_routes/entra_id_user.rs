//! `POST /exchange/entra-id`: the contract `quickstart` again, for Entra ID users.
//!
//! A page could ask ACS itself, without this service. This service adds the rest of its checks: which tenants and
//! applications may ask, how often, and an audit record.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use protocol::exchange::quickstart::IdentifiedAnswer;

use super::checks::{ask, person_by_post};
use crate::{
    acs::{AcsRefusal, EntraIdUser},
    http::{body::json, context::RequestContext, problem_details::Problem, state::AppState},
};

pub(in crate::http) async fn of_entra_id_user(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("entra_id_user"));
    let person = person_by_post(&state, &context, request).await?;
    let issued = ask(&state, &context, EntraIdUser(person)).await?;
    let identity = issued.identity.ok_or(AcsRefusal::AnswerUnreadable)?;
    Ok(json(StatusCode::OK, &IdentifiedAnswer::new(issued.answer, identity)))
}
