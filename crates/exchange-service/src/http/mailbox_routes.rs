//! The routes of the return mailbox: `/mailbox` and `/mailbox/{id}`.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use contract::{exchange::ExchangeProblemCode, mailbox::Delivery};

use super::{
    admission::{admit_address, too_many_requests},
    bearer::bearer_token,
    body,
    context::RequestContext,
    cors::{method_not_allowed, preflight, preflight_of_mailbox, require_origin},
    problem_details::Problem,
    state::AppState,
};
use crate::{
    mailbox::{Mailbox, Reserved, authorization_response},
    rate_limit::Site,
};

/// The id in the path. Bytes that are not text are not an id.
type Id = Result<Path<String>, PathRejection>;

/// The state of the mailbox routes.
#[derive(Clone)]
struct MailboxState {
    state: Arc<AppState>,
    mailbox: Arc<Mailbox>,
}

/// The routes; empty if no mailbox is configured.
pub(super) fn routes(state: &Arc<AppState>) -> Router<Arc<AppState>> {
    let Some(mailbox) = state.mailbox.clone() else { return Router::new() };
    let all = post(reserve).options(preflight);
    let one = get(take).post(fill).delete(forget).options(preflight_of_mailbox);
    Router::new()
        .route("/mailbox", all.fallback(method_not_allowed))
        .route("/mailbox/{id}", one.fallback(method_not_allowed))
        .with_state(MailboxState { state: state.clone(), mailbox })
}

/// The vault reserves a mailbox. The server keeps nothing about it.
async fn reserve(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    require_origin(&head.headers)?;
    state.admit(&context)?;
    if !body::read(&head.headers, body).await?.is_empty() {
        return Err(ExchangeProblemCode::MalformedRequest.into());
    }
    Ok(body::json(StatusCode::CREATED, &state.mailbox.reserve(state.now())))
}

/// The window leaves the authorization response.
async fn fill(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    id: Id,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (head, body) = request.into_parts();
    require_origin(&head.headers)?;
    let site = state.admit(&context)?;
    let reserved = state.reserved(id)?;
    body::require_type(&head.headers, body::FORM)?;
    state.admit_change(site)?;
    let body = body::read(&head.headers, body).await?;
    let answer = authorization_response(&body).ok_or(ExchangeProblemCode::MalformedRequest)?;
    state.mailbox.fill(reserved, answer, site, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The vault waits for the authorization response. Repeated requests get the same one, because the first response may
/// be lost in transit.
async fn take(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    let site = state.admit(&context)?;
    let reserved = state.opened(id, request.headers())?;
    Ok(match state.mailbox.wait(reserved, site, &*state.state.clock).await? {
        Some(answer) => body::json(StatusCode::OK, &Delivery { answer }),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// The vault releases the mailbox: it has the authorization response, or no longer needs it.
async fn forget(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    id: Id,
    request: Request,
) -> Result<StatusCode, Problem> {
    let site = state.admit(&context)?;
    let reserved = state.opened(id, request.headers())?;
    state.admit_change(site)?;
    state.mailbox.forget(reserved, site, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl MailboxState {
    /// The time in seconds since 1970.
    fn now(&self) -> u64 {
        self.state.clock.unix_seconds()
    }

    /// Counts the request for its address if that is known, and returns the site of the address.
    fn admit(&self, context: &RequestContext) -> Result<Option<Site>, Problem> {
        admit_address(&self.state, context)?;
        Ok(context.address.map(Site::from))
    }

    /// Counts a request that takes up memory.
    fn admit_change(&self, site: Option<Site>) -> Result<(), Problem> {
        let Some(site) = site else { return Ok(()) };
        self.mailbox.admit_change(site).map_err(too_many_requests)
    }

    fn reserved(&self, id: Id) -> Result<Reserved, Problem> {
        let Ok(Path(id)) = id else { return Err(ExchangeProblemCode::NotFound.into()) };
        self.mailbox.reserved(&id, self.now()).ok_or(ExchangeProblemCode::NotFound.into())
    }

    fn opened(&self, id: Id, headers: &HeaderMap) -> Result<Reserved, Problem> {
        let reserved = self.reserved(id)?;
        let opens = bearer_token(headers).is_ok_and(|key| self.mailbox.opens(&reserved, key));
        if opens { Ok(reserved) } else { Err(ExchangeProblemCode::MailboxKeyRefused.into()) }
    }
}
