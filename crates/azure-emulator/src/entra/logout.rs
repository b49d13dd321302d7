//! The logout endpoint: the part of OpenID Connect RP-Initiated Logout 1.0 that Entra supports.

use axum::{
    Extension,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, Method, StatusCode, header::SET_COOKIE},
    response::Response,
};
use form_urlencoded::Serializer;

use crate::{
    Emulator,
    accounts::Account,
    entra::{
        authorize::{delete_session_cookie, session_id},
        pages,
    },
    fault::EndSessionFault,
    parameters::Parameters,
    response,
};

/// `/{tenant}/oauth2/v2.0/logout`, by `GET` with a query or by `POST` with a form.
pub(super) async fn logout(
    Extension(emulator): Extension<Emulator>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = if method == Method::POST { body.to_vec() } else { query.unwrap_or_default().into_bytes() };
    // A malformed request also signs out, but does not redirect.
    let parameters = Parameters::parse(&raw).unwrap_or_default();
    let id = session_id(&headers);
    let account = id.and_then(|id| emulator.state().sessions.get(id).map(|session| session.account));
    let hint = parameters.value("logout_hint");
    let asks_for_account = emulator.faults().end_session == Some(EndSessionFault::AsksWhichAccount);
    if let Some(account) = account.filter(|account| asks_for_account && !is_hinted(account, hint)) {
        return response::html(StatusCode::OK, pages::which_account(account));
    }
    if let Some(id) = id {
        emulator.state().sessions.remove(id);
    }
    let return_to = parameters.value("post_logout_redirect_uri").filter(|uri| emulator.may_redirect_after_logout(uri));
    let (return_to, state) = match emulator.faults().end_session {
        Some(fault) => fault.apply(return_to, parameters.value("state")),
        None => (return_to, parameters.value("state")),
    };
    let mut response = match (return_to, state) {
        (Some(uri), None) => response::redirect(uri),
        (Some(uri), Some(state)) => {
            let query = Serializer::new(String::new()).append_pair("state", state).finish();
            response::redirect(&format!("{uri}?{query}"))
        }
        (None, _) => response::html(StatusCode::OK, pages::signed_out()),
    };
    response.headers_mut().insert(SET_COOKIE, delete_session_cookie());
    response
}

/// Whether `logout_hint` identifies the account. Entra accepts the `login_hint` claim, and no username.
fn is_hinted(account: &Account, hint: Option<&str>) -> bool {
    hint.is_some_and(|hint| hint == account.login_hint())
}
