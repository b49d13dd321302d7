//! `POST /exchange/entra-id`: the contract `quickstart` again, for Entra ID users.
//!
//! A page could ask ACS itself, without this service. What this service adds is the rest of its checks: whose people may
//! ask, through which application, how often, and a line in the log.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use protocol::exchange::quickstart::IdentifiedAnswer;

use super::{ask, json, person_by_post};
use crate::{
    acs::{AcsOperation, AcsRefusal},
    problem_details::Problem,
    request_context::RequestContext,
    router::Service,
};

pub(crate) async fn of_entra_id_user(
    State(service): State<Arc<Service>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("entra_id_user"));
    let person = person_by_post(&service, &context, request).await?;
    let issued = ask(&service, &context, AcsOperation::EntraIdUser(person)).await?;
    let identity = issued.identity.ok_or(AcsRefusal::AnswerUnreadable)?;
    Ok(json(StatusCode::OK, &IdentifiedAnswer::new(issued.answer, identity)))
}
