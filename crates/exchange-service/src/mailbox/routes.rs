//! `/mailbox` and `/mailbox/{id}`.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{
        Extensions, HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use protocol::{exchange::ExchangeProblemCode, mailbox::Delivery, secret::RawAnswer};
use serde::Serialize;
use tokio::{select, time::timeout};

use super::{Mailbox, PAUSE, answer::authorization_response, ids::Reserved, store::Refusal};
use crate::{
    body::read,
    client_address::client_address,
    fetch_metadata::is_of_another_page,
    middleware::{method_not_allowed, preflight, preflight_of},
    problem_details::Problem,
    rate_limit::{Network, Site},
    router::Service,
};

/// Well within what a request may take altogether.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The id in the path; bytes that are no text are nobody's.
type Asked = Result<Path<String>, PathRejection>;

/// What every route of the mailbox needs.
#[derive(Clone)]
struct MailboxState {
    service: Arc<Service>,
    mailbox: Arc<Mailbox>,
}

/// The routes, or none where there is no mailbox.
pub(crate) fn routes(service: &Arc<Service>) -> Router<Arc<Service>> {
    let Some(mailbox) = service.mailbox.clone() else { return Router::new() };
    let all = post(reserve).options(preflight);
    let one = get(take)
        .post(fill)
        .delete(forget)
        .options(async || preflight_of("GET, POST, DELETE, OPTIONS", "GET, POST, DELETE"));
    Router::new()
        .route("/mailbox", all.fallback(method_not_allowed))
        .route("/mailbox/{id}", one.fallback(method_not_allowed))
        .with_state(MailboxState { service: service.clone(), mailbox })
}

/// The vault asks for a mailbox. Nothing is remembered of it.
async fn reserve(State(state): State<MailboxState>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    from_the_page(&head.headers)?;
    state.admit(&head.headers, &head.extensions)?;
    if !read(&head.headers, body).await?.is_empty() {
        return Err(ExchangeProblemCode::MalformedRequest.into());
    }
    let reservation = state.mailbox.secret.reserve(state.service.clock.unix_seconds());
    Ok(json(StatusCode::CREATED, &reservation))
}

/// The window leaves the answer.
async fn fill(State(state): State<MailboxState>, asked: Asked, request: Request) -> Result<StatusCode, Problem> {
    let (head, body) = request.into_parts();
    from_the_page(&head.headers)?;
    let site = state.admit(&head.headers, &head.extensions)?;
    let reserved = state.reserved(asked)?;
    if !is_form(&head.headers) {
        return Err(ExchangeProblemCode::UnsupportedMediaType.into());
    }
    state.admit_change(site)?;
    let body = read(&head.headers, body).await?;
    let answer = authorization_response(&body).ok_or(ExchangeProblemCode::MalformedRequest)?;
    state.mailbox.store.fill(reserved, answer, site, state.service.clock.unix_seconds()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The vault waits for the answer. The same every time, since the first may have been lost on its way.
async fn take(State(state): State<MailboxState>, asked: Asked, request: Request) -> Result<Response, Problem> {
    let site = state.admit(request.headers(), request.extensions())?;
    let reserved = state.opened(asked, request.headers())?;
    Ok(match state.wait(reserved, site).await? {
        Some(answer) => json(StatusCode::OK, &Delivery { answer }),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// The vault has the answer, or wants it no longer.
async fn forget(State(state): State<MailboxState>, asked: Asked, request: Request) -> Result<StatusCode, Problem> {
    let site = state.admit(request.headers(), request.extensions())?;
    let reserved = state.opened(asked, request.headers())?;
    state.admit_change(site)?;
    state.mailbox.store.forget(reserved, site, state.service.clock.unix_seconds()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl MailboxState {
    /// Counts the request for its address, where that is known, and returns the address's site. What any web page can
    /// send is refused instead, as in the exchanges (REV-04).
    fn admit(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Option<Site>, Problem> {
        if is_of_another_page(headers) {
            return Err(ExchangeProblemCode::OriginNotAllowed.into());
        }
        let address = client_address(headers, extensions, self.service.trusted_proxies);
        if let Some(address) = address {
            let now = self.service.clock.monotonic();
            self.service.per_address_limit.admit(Network::from(address), now).map_err(too_often)?;
        }
        Ok(address.map(Site::from))
    }

    /// Counts what takes room.
    fn admit_change(&self, site: Option<Site>) -> Result<(), Problem> {
        let Some(site) = site else { return Ok(()) };
        self.mailbox.changes.admit(site, self.service.clock.monotonic()).map_err(too_often)
    }

    fn reserved(&self, asked: Asked) -> Result<Reserved, Problem> {
        let now = self.service.clock.unix_seconds();
        let Ok(Path(id)) = asked else { return Err(ExchangeProblemCode::NotFound.into()) };
        self.mailbox.secret.reserved(&id, now).ok_or(ExchangeProblemCode::NotFound.into())
    }

    fn opened(&self, asked: Asked, headers: &HeaderMap) -> Result<Reserved, Problem> {
        let reserved = self.reserved(asked)?;
        let opens = key(headers).is_some_and(|key| self.mailbox.secret.opens(&reserved, key));
        if opens { Ok(reserved) } else { Err(ExchangeProblemCode::MailboxKeyRefused.into()) }
    }

    async fn wait(&self, reserved: Reserved, site: Option<Site>) -> Result<Option<RawAnswer>, Problem> {
        if let Some(answer) = self.look(&reserved).await? {
            return Ok(Some(answer));
        }
        let place = self.mailbox.waiters.enter(reserved, site);
        let mut place = place.ok_or_else(|| Problem::later(ExchangeProblemCode::Overloaded, PAUSE))?;
        let answered = timeout(LONGEST_WAIT, async {
            loop {
                // Begun before the look, or what comes between the two would be missed.
                let changed = self.mailbox.store.changed();
                match self.look(&reserved).await {
                    Ok(None) => {}
                    // Given up while it was waited at, which is how most sign-ins end: no refusal.
                    Err(Refusal::Forgotten) => return Ok(None),
                    found => return found.map_err(Problem::from),
                }
                // While draining, answer 204 early so that clients poll another instance.
                if self.service.draining.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                select! {
                    () = changed => {}
                    () = place.lost() => return Ok(None),
                }
            }
        });
        answered.await.unwrap_or(Ok(None))
    }

    async fn look(&self, reserved: &Reserved) -> Result<Option<RawAnswer>, Refusal> {
        self.mailbox.store.read(reserved, self.service.clock.unix_seconds()).await
    }
}

/// A form needs no preflight, so the header is all that tells the page from a stranger's. That it names no other origin
/// was decided by the middleware; here it must be there.
fn from_the_page(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(ORIGIN) { Ok(()) } else { Err(ExchangeProblemCode::OriginNotAllowed.into()) }
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = one.to_str() else { return false };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && matches!(parameters.trim().to_ascii_lowercase().as_str(), "" | "charset=utf-8")
}

/// RFC 6750 section 2.1.
fn key(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(one), None) = (values.next(), values.next()) else { return None };
    let (scheme, key) = one.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key)
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("a struct of texts serialises");
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

fn too_often(wait: Duration) -> Problem {
    Problem::later(ExchangeProblemCode::RateLimited, wait)
}
