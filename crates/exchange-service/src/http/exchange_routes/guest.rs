//! `POST /exchange/guest`: a token for an anonymous guest. **For development only**: no caller proves who they are, and
//! every response is a new identity in the ACS resource.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use protocol::exchange::guest::{GuestAnswer, GuestRequest};

use super::checks::ask;
use crate::{
    acs::{AcsRefusal, Guest},
    http::{
        admission::{admit_address, admit_guest},
        body,
        context::RequestContext,
        problem_details::Problem,
        state::AppState,
    },
};

pub(in crate::http) async fn for_a_guest(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("guest"));
    admit_address(&state, &context)?;
    let (head, body) = request.into_parts();
    body::require_type(&head.headers, body::JSON)?;
    let body = body::read(&head.headers, body).await?;
    let GuestRequest {} = body::object(&body)?;
    admit_guest(&state, &context)?;
    let issued = ask(&state, &context, Guest).await?;
    let identity = issued.identity.ok_or(AcsRefusal::AnswerUnreadable)?;
    Ok(body::json(StatusCode::OK, &GuestAnswer::new(issued.answer, identity)))
}
