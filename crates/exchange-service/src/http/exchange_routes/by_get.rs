//! The contract `hero`, for pages of Microsoft's authentication hero samples. It is off by default,
//! because it is weaker in two ways: a `GET` issues a token, and A1 is in a header, which more programs log than a body.
//! All checks are the same as for `POST`.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use contract::{
    exchange::{ExchangeProblemCode, hero},
    secret::EntraAccessToken,
};

use super::checks::{ask, caller, person};
#[cfg(test)]
use crate::http::openapi::schemas;
use crate::{
    acs::TeamsUser,
    http::{
        admission::{admit_address, admit_caller},
        body::{MAX_BODY, json},
        context::RequestContext,
        problem_details::Problem,
        state::AppState,
    },
};

/// `GET /api/token/teams`: the contract of Microsoft's authentication hero samples.
#[cfg_attr(test, utoipa::path(
    get, path = "/api/token/teams", tag = "exchange", operation_id = "exchangeByGet", security(("callerToken" = [])),
    params(("teams-user-aad-token" = String, Header, description = "The person's Entra token for ACS (A1).", min_length = 1)),
    responses((status = 201, description = "The ACS token.", body = schemas::ExchangeResponse)),
))]
pub(in crate::http) async fn of_teams_user_via_get(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("teams_user_by_get"));
    admit_address(&state, &context)?;
    let (head, _) = request.into_parts();
    let caller = caller(&state, &context, &head).await?;
    admit_caller(&state, &caller)?;
    let person = person(caller, entra_token(&head.headers)?)?;
    let issued = ask(&state, &context, TeamsUser(person)).await?;
    // 201, because Microsoft's samples say so.
    Ok(json(StatusCode::CREATED, &issued.response))
}

fn entra_token(headers: &HeaderMap) -> Result<EntraAccessToken, Problem> {
    let mut values = headers.get_all(hero::ENTRA_TOKEN_HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(ExchangeProblemCode::MalformedRequest.into());
    };
    let text = value.to_str().map_err(|_| ExchangeProblemCode::MalformedRequest)?;
    if text.len() > MAX_BODY {
        return Err(ExchangeProblemCode::TooLarge.into());
    }
    Ok(EntraAccessToken::new(text.to_owned()))
}
