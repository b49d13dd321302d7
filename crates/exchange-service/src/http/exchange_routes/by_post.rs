//! The exchanges with `POST` and a JSON body.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use contract::exchange::{
    guest::{GuestRequest, GuestResponse},
    quickstart::EntraIdUserResponse,
};

use super::checks::{ask, person_by_post};
#[cfg(test)]
use crate::http::openapi::schemas;
use crate::{
    acs::{AcsRefusal, EntraIdUser, Guest, TeamsUser},
    http::{
        admission::{admit_address, admit_guest},
        body,
        context::RequestContext,
        problem_details::Problem,
        state::AppState,
    },
};

/// `POST /exchange`: the contract `quickstart` for Teams users.
#[cfg_attr(test, utoipa::path(
    post, path = "/exchange", tag = "exchange", operation_id = "exchange", security(("callerToken" = [])),
    request_body = schemas::ExchangeRequest,
    responses((status = 200, description = "The ACS token.", body = schemas::ExchangeResponse)),
))]
pub(in crate::http) async fn of_teams_user(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("teams_user"));
    let person = person_by_post(&state, &context, request).await?;
    let issued = ask(&state, &context, TeamsUser(person)).await?;
    Ok(body::json(StatusCode::OK, &issued.response))
}

/// `POST /exchange/entra-id`: the contract `quickstart` for Entra ID users.
///
/// A page could send this request to ACS itself. This service adds its checks: allowed tenants and applications, rate
/// limits, and an audit record.
#[cfg_attr(test, utoipa::path(
    post, path = "/exchange/entra-id", tag = "exchange", operation_id = "exchangeOfEntraIdUser",
    security(("callerToken" = [])), request_body = schemas::ExchangeRequest,
    responses((status = 200, description = "The ACS token.", body = schemas::EntraIdUserResponse)),
))]
pub(in crate::http) async fn of_entra_id_user(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("entra_id_user"));
    let person = person_by_post(&state, &context, request).await?;
    let issued = ask(&state, &context, EntraIdUser(person)).await?;
    let identity = issued.identity.ok_or(AcsRefusal::AnswerUnreadable)?;
    Ok(body::json(StatusCode::OK, &EntraIdUserResponse::new(issued.response, identity)))
}

/// `POST /exchange/guest`: a token for an anonymous guest. **For development only**: any caller gets one, and each
/// request creates an identity in the ACS resource.
#[cfg_attr(test, utoipa::path(
    post, path = "/exchange/guest", tag = "exchange", operation_id = "exchangeForGuest",
    request_body = schemas::GuestRequest,
    responses((status = 200, description = "The ACS token.", body = schemas::GuestResponse)),
))]
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
    Ok(body::json(StatusCode::OK, &GuestResponse::new(issued.response, identity)))
}
