//! `POST /exchange/guest`: a token for nobody in particular. **For development only**: nobody is asked who they are, and
//! every answer is an identity more in the ACS resource.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use protocol::exchange::{
    ExchangeProblemCode,
    guest::{GuestAnswer, GuestRequest},
};

use super::{admit_address, ask, json, too_often};
use crate::{
    acs::{AcsOperation, AcsRefusal},
    body,
    problem_details::Problem,
    rate_limit::Network,
    request_context::RequestContext,
    router::Service,
};

pub(crate) async fn for_a_guest(
    State(service): State<Arc<Service>>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    context.note(|audit| audit.decides("guest"));
    admit_address(&service, &context)?;
    let (head, body) = request.into_parts();
    if !body::is_json(&head.headers) {
        return Err(ExchangeProblemCode::UnsupportedMediaType.into());
    }
    let body = body::read(&head.headers, body).await?;
    let GuestRequest {} = body::object(&body)?;
    // Whoever comes over no connection of which an address is known shares one limit with others like that.
    let address = context.address.map(Network::from);
    service.guests_per_address_limit.admit(address, service.clock.monotonic()).map_err(too_often)?;
    let issued = ask(&service, &context, AcsOperation::Guest).await?;
    let identity = issued.identity.ok_or(AcsRefusal::AnswerUnreadable)?;
    Ok(json(StatusCode::OK, &GuestAnswer::new(issued.answer, identity)))
}
