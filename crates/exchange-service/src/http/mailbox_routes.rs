//! The routes of the return mailbox: `/mailbox` and `/mailbox/{id}`.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use contract::{UnixTime, exchange::ExchangeProblemCode, mailbox::Delivery};

#[cfg(test)]
use super::openapi::schemas;
use super::{
    admission::{admit_address, too_many_requests},
    bearer::bearer_token,
    body,
    context::RequestContext,
    cors::{PREFLIGHT_OF_MAILBOX, PREFLIGHT_OF_POST, require_origin},
    problem_details::Problem,
    state::AppState,
};
use crate::{
    mailbox::{Mailbox, Reserved, authorization_response},
    rate_limit::Site,
};

/// The id in the path. Bytes that are not text are not an id.
pub(super) type Id = Result<Path<String>, PathRejection>;

/// The state of the mailbox routes.
#[derive(Clone)]
pub(super) struct MailboxState {
    state: Arc<AppState>,
    mailbox: Arc<Mailbox>,
}

/// The routes; empty if no mailbox is configured.
pub(super) fn routes(state: &Arc<AppState>) -> Router<Arc<AppState>> {
    let Some(mailbox) = state.mailbox.clone() else { return Router::new() };
    let not_allowed = Problem::from(ExchangeProblemCode::MethodNotAllowed);
    let all = post(reserve).options(PREFLIGHT_OF_POST);
    let one = get(take).post(fill).delete(forget).options(PREFLIGHT_OF_MAILBOX);
    Router::new()
        .route("/mailbox", all.fallback(not_allowed))
        .route("/mailbox/{id}", one.fallback(not_allowed))
        .with_state(MailboxState { state: state.clone(), mailbox })
}

/// Reserves a return mailbox for five minutes.
#[cfg_attr(test, utoipa::path(
    post, path = "/mailbox", tag = "mailbox", operation_id = "reserveMailbox",
    responses((
        status = 201, body = schemas::Reservation,
        description = "A mailbox. The id allows to leave the response, the key to take it.",
    )),
))]
pub(super) async fn reserve(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    state.admit_page(&context, &head.headers)?;
    if !body::read(&head.headers, body).await?.is_empty() {
        return Err(ExchangeProblemCode::MalformedRequest.into());
    }
    Ok(body::json(StatusCode::CREATED, &state.mailbox.secret.reserve(state.now())))
}

/// Leaves one authorization response, once. It is kept for a minute.
#[cfg_attr(test, utoipa::path(
    post, path = "/mailbox/{id}", tag = "mailbox", operation_id = "leaveResponse",
    params(("id" = String, Path, pattern = "^[A-Za-z0-9_-]{75}$")),
    request_body(content = schemas::AuthorizationResponse, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Left.")),
))]
pub(super) async fn fill(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    id: Id,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (head, body) = request.into_parts();
    let site = state.admit_page(&context, &head.headers)?;
    let reserved = state.reserved(id)?;
    body::require_type(&head.headers, body::FORM)?;
    state.admit_change(site)?;
    let body = body::read(&head.headers, body).await?;
    let response = authorization_response(&body).ok_or(ExchangeProblemCode::MalformedRequest)?;
    state.mailbox.store.fill(reserved, response, site, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Waits for the authorization response, ten seconds at most. Repeated requests get the same one, because the first
/// response may be lost in transit.
#[cfg_attr(test, utoipa::path(
    get, path = "/mailbox/{id}", tag = "mailbox", operation_id = "takeResponse", security(("mailboxKey" = [])),
    params(("id" = String, Path, pattern = "^[A-Za-z0-9_-]{75}$")),
    responses(
        (status = 200, description = "The authorization response.", body = schemas::Delivery),
        (status = 204, description = "None arrived yet, the mailbox was released, or a newer request waits at it."),
    ),
))]
pub(super) async fn take(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    id: Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (reserved, site) = state.open(&context, id, &headers)?;
    Ok(match state.mailbox.wait(reserved, site, &*state.state.clock).await? {
        Some(response) => body::json(StatusCode::OK, &Delivery { response }),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Releases the mailbox, with or without a response. It does not exist any more.
#[cfg_attr(test, utoipa::path(
    delete, path = "/mailbox/{id}", tag = "mailbox", operation_id = "forgetMailbox", security(("mailboxKey" = [])),
    params(("id" = String, Path, pattern = "^[A-Za-z0-9_-]{75}$")),
    responses((status = 204, description = "Released.")),
))]
pub(super) async fn forget(
    State(state): State<MailboxState>,
    Extension(context): Extension<RequestContext>,
    id: Id,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (reserved, site) = state.open(&context, id, &headers)?;
    state.admit_change(site)?;
    state.mailbox.store.forget(reserved, site, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl MailboxState {
    fn now(&self) -> UnixTime {
        self.state.clock.now()
    }

    /// Counts the request for its address if that is known, and returns the site of the address.
    fn admit(&self, context: &RequestContext) -> Result<Option<Site>, Problem> {
        admit_address(&self.state, context)?;
        Ok(context.address.map(Site::from))
    }

    /// The same for a request that only a page sends.
    fn admit_page(&self, context: &RequestContext, headers: &HeaderMap) -> Result<Option<Site>, Problem> {
        require_origin(headers)?;
        self.admit(context)
    }

    /// Counts a request that takes up memory.
    fn admit_change(&self, site: Option<Site>) -> Result<(), Problem> {
        site.map_or(Ok(()), |site| self.mailbox.changes.admit(&site)).map_err(too_many_requests)
    }

    fn reserved(&self, id: Id) -> Result<Reserved, Problem> {
        let reserved = id.ok().and_then(|Path(id)| self.mailbox.secret.reserved(&id, self.now()));
        reserved.ok_or(ExchangeProblemCode::NotFound.into())
    }

    /// Admits a request with the key of its mailbox, and returns the mailbox and the site of the request.
    fn open(&self, context: &RequestContext, id: Id, headers: &HeaderMap) -> Result<(Reserved, Option<Site>), Problem> {
        let site = self.admit(context)?;
        let reserved = self.reserved(id)?;
        let opens = bearer_token(headers).is_ok_and(|key| self.mailbox.secret.opens(&reserved, key));
        if opens { Ok((reserved, site)) } else { Err(ExchangeProblemCode::MailboxKeyRefused.into()) }
    }
}
